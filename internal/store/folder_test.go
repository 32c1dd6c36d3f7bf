package store

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results", "r1")
	_, err := Open(dir)
	require.ErrorIs(t, err, os.ErrNotExist)

	f, err := Create(dir)
	require.NoError(t, err)
	require.NoError(t, f.Save(sample()))
	assert.False(t, IsComplete(dir))
	_, err = LoadRun(dir)
	require.ErrorIs(t, err, ErrIncomplete)
	assert.ErrorContains(t, err, "run the command that began it again")

	_, err = Create(dir) // an interrupted run continues
	require.NoError(t, err)
	require.NoError(t, f.Finish("r1"))
	assert.True(t, IsComplete(dir))
	_, err = Create(dir)
	require.ErrorContains(t, err, "holds a finished run")
}

func TestOpenRefusesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.WriteFile(path, nil, 0o644))
	_, err := Open(path)
	require.ErrorContains(t, err, "is a file")
}

func TestLoadRunRefusesAChangedRun(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(*Folder) error
		want   string
	}{
		"a table is gone":     {func(f *Folder) error { return os.Remove(f.Path("drift.parquet")) }, "no such file"},
		"embeddings are gone": {func(f *Folder) error { return os.RemoveAll(f.Path("embeddings")) }, "no such file"},
		"a table is cut":      {func(f *Folder) error { return os.Truncate(f.Path("scores.parquet"), 100) }, "has 100 bytes"},
		"two runs":            {func(f *Folder) error { return rewrite(f, []Run{{}, {}}) }, "2 rows, want 1"},
		"the marker is cut":   {func(f *Folder) error { return os.Truncate(f.Path(marker), 5) }, "unexpected end"},
	} {
		t.Run(name, func(t *testing.T) {
			f := save(t, sample())
			require.NoError(t, c.damage(f))
			_, err := LoadRun(f.Dir())
			require.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, mend)
		})
	}
}

func rewrite(f *Folder, rows []Run) error {
	if err := Write(f.Path("run.parquet"), rows); err != nil {
		return err
	}
	return f.Finish("again")
}

func TestEmbeddingsPath(t *testing.T) {
	f, err := Create(t.TempDir())
	require.NoError(t, err)
	path, err := f.EmbeddingsPath("onnx/mini", "single", "text")
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(f.Dir(), "embeddings", "onnx", "mini", "single.text.parquet"), path)

	if runtime.GOOS != "windows" { // names in the research notes contain colons
		path, err = f.EmbeddingsPath("cuda:onnx/ViT-B/32", "single", "image")
		require.NoError(t, err)
		assert.Equal(t, filepath.Join(f.Dir(), "embeddings", "cuda:onnx", "ViT-B", "32", "single.image.parquet"), path)
	}
	for _, c := range [][3]string{
		{"../x", "d", "image"}, {"a/../../x", "d", "image"}, {"/abs", "d", "image"}, {"a//b", "d", "image"}, {"", "d", "image"},
		{"a/", "d", "image"}, {".hidden", "d", "image"}, {`a\b`, "d", "image"}, {"a\x00b", "d", "image"},
		{strings.Repeat("x", 300), "d", "image"}, {"a", "..", "image"}, {"a", "x/y", "image"}, {"a", "", "image"},
		{"a", "d", "audio"}, {"a", "d", "../image"},
	} {
		_, err := f.EmbeddingsPath(c[0], c[1], c[2])
		assert.Error(t, err, "%q", c)
	}
}
