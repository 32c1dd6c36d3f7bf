package runtimes_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/internal/testenv"
)

// memory is a cache in memory. Both towers of a model use it at once, under inMemory.
type memory map[string][]byte

var inMemory sync.Mutex

func (m memory) Get(key string) ([]byte, bool) {
	inMemory.Lock()
	defer inMemory.Unlock()
	data, ok := m[key]
	return data, ok
}

func (m memory) Put(key string, value []byte) error {
	inMemory.Lock()
	defer inMemory.Unlock()
	m[key] = value
	return nil
}

// TestInfoFromCache: the cache gives the Info that opening found, if the files were opened before with the same options and the provider is available.
// Otherwise it gives nothing.
func TestInfoFromCache(t *testing.T) {
	env, kept := library(t), memory{}
	env.Kept = kept
	dir := filepath.Join(t.TempDir(), "model")
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(testenv.Root(t), "testdata", "models", "mini"))))
	spec := encoders.Spec{Name: "a", Model: dir}
	_, ok := runtimes.InfoFromCache(spec, env)
	assert.False(t, ok, "before it was opened")
	open := func(spec encoders.Spec) encoders.Info {
		enc, err := runtimes.Open(t.Context(), spec, env)
		require.NoError(t, err)
		require.NoError(t, enc.Close())
		return enc.Info()
	}
	for name, change := range map[string]func(*encoders.Spec){
		"as it is": func(*encoders.Spec) {},
		"half":     func(s *encoders.Spec) { s.Image, s.Text, s.Precision = "image.fp16.onnx", "text.fp16.onnx", "fp16" },
		"trimmed":  func(s *encoders.Spec) { s.Trim, s.Batch = true, 1 },
		"options":  func(s *encoders.Spec) { s.Options = map[string]string{"io_binding": "on"} },
	} {
		other := spec
		change(&other)
		want := open(other)
		got, ok := runtimes.InfoFromCache(other, env)
		assert.True(t, ok, name)
		assert.Equal(t, want, got, name)
		assert.NotContains(t, got.ImageKey+got.TextKey, "/on ", "a processor has no libraries of its own in its keys")
	}
	clear(kept)
	first, facts := open(spec), maps.Clone(kept)
	assert.Equal(t, first, open(spec), "the second time from what is known")
	assert.Equal(t, facts, kept, "which tells nothing new")
	clear(kept)
	got, ok := runtimes.InfoFromFiles(spec, env)
	assert.True(t, ok)
	assert.Equal(t, open(spec), got, "files tell what opening finds")
	threads := spec
	threads.Threads, threads.Options = 2, map[string]string{encoders.Spinning: "0"}
	known, ok := runtimes.InfoFromCache(threads, env)
	assert.True(t, ok, "threads change nothing but the keys")
	assert.Equal(t, open(threads), known)
	for name, change := range map[string]func(*encoders.Spec){
		"other options":  func(s *encoders.Spec) { s.Options = map[string]string{"mem_pattern": "off"} },
		"other provider": func(s *encoders.Spec) { s.Provider = "azure" },
		"no such output": func(s *encoders.Spec) { s.Options = map[string]string{"image_output": "logits"} },
		"missing file":   func(s *encoders.Spec) { s.Image = "none.onnx" },
		"server":         func(s *encoders.Spec) { s.Runtime, s.URL = "oip", "http://127.0.0.1:1" },
	} {
		other := spec
		change(&other)
		_, ok := runtimes.InfoFromCache(other, env)
		assert.False(t, ok, name)
	}

	for key, facts := range maps.Clone(kept) { // as if the provider had been available in the last run
		kept[strings.ReplaceAll(key, `"Provider":"cpu"`, `"Provider":"xnnpack"`)] = facts
	}
	gone := spec
	gone.Provider = "xnnpack"
	_, ok = runtimes.InfoFromCache(gone, env)
	assert.False(t, ok, "a provider that is gone")

	whole := maps.Clone(kept)
	for key := range kept {
		kept[key] = []byte(`{"Hash": "of other bytes", "Inputs": [{}]}`)
	}
	_, ok = runtimes.InfoFromCache(spec, env)
	assert.False(t, ok, "kept facts of other external data")
	maps.Copy(kept, whole)

	require.NoError(t, os.Rename(filepath.Join(dir, "image.optimised.onnx"), filepath.Join(dir, "image.onnx")))
	_, ok = runtimes.InfoFromCache(spec, env)
	assert.False(t, ok, "a file has changed")
	changed := open(spec)
	got, ok = runtimes.InfoFromCache(spec, env)
	assert.True(t, ok)
	assert.Equal(t, changed, got)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "preprocessor_config.json"), []byte(`{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}`), 0o600))
	got, ok = runtimes.InfoFromCache(spec, env)
	assert.True(t, ok)
	assert.EqualValues(t, 0.5, got.Inputs.Mean[0], "other files of the model are read anew")
}

// TestPythonInfoFromCache: the Info of an adapter that was started once comes from the cache, until the model, an option or the Python changes.
func TestPythonInfoFromCache(t *testing.T) {
	env, kept := library(t), memory{}
	env.Kept = kept
	t.Setenv("FASTCLIP_PYTHON", "")
	dir := filepath.Join(t.TempDir(), "model")
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(testenv.Root(t), "testdata", "models", "mini"))))
	spec := encoders.Spec{Name: "a", Runtime: "onnxruntime_python", Model: dir}
	_, ok := runtimes.InfoFromCache(spec, env)
	assert.False(t, ok, "before it was started")
	want := opened(t, spec, env).Info()
	got, ok := runtimes.InfoFromCache(spec, env)
	require.True(t, ok)
	assert.Equal(t, want, got)
	for name, change := range map[string]func(*encoders.Spec){
		"other options":  func(s *encoders.Spec) { s.Options = map[string]string{"graph_optimization_level": "basic"} },
		"other threads":  func(s *encoders.Spec) { s.Threads = 2 },
		"other provider": func(s *encoders.Spec) { s.Provider = "cuda" },
		"other file":     func(s *encoders.Spec) { s.Image = "image.optimised.onnx" },
		"other runtime":  func(s *encoders.Spec) { s.Runtime = "deepsparse" },
	} {
		other := spec
		change(&other)
		_, ok := runtimes.InfoFromCache(other, env)
		assert.False(t, ok, name)
	}
	t.Setenv("FASTCLIP_PYTHON_ONNXRUNTIME", "/usr/bin/python3")
	_, ok = runtimes.InfoFromCache(spec, env)
	assert.False(t, ok, "whose packages nobody pins")
	t.Setenv("FASTCLIP_PYTHON_ONNXRUNTIME", "")
	require.NoError(t, os.Rename(filepath.Join(dir, "image.optimised.onnx"), filepath.Join(dir, "image.onnx")))
	_, ok = runtimes.InfoFromCache(spec, env)
	assert.False(t, ok, "a file has changed")
}
