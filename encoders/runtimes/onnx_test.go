package runtimes_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/encoderstest"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/testenv"
)

// library opens ONNX Runtime until the end of the test. A process can open it only once at a time.
func library(t *testing.T) encoders.Env {
	t.Helper()
	lib, err := ort.Open(testenv.Library(t, "onnxruntime"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, lib.Close()) })
	return encoders.Env{
		Models: os.DirFS(filepath.Join(testenv.Root(t), "testdata", "models")),
		ORT:    func() (*ort.Library, error) { return lib, nil },
	}
}

func tower(name string) (image, text string) {
	return "image." + name + "onnx", "text." + name + "onnx"
}

// TestConformance: every kind of variant of the built-in model passes the conformance test of encoders.
func TestConformance(t *testing.T) {
	env := library(t)
	// Some CPUs sum batches of another size in another order, and have their own half precision. Integer sums have no order, so int8 keeps the bound of fp32
	// if the scales are the same.
	const float, half = 1e-5, 2e-3
	for _, c := range []struct {
		name  string
		files string
		spec  encoders.Spec
		bound float64
	}{
		{"fp32", "", encoders.Spec{}, float},
		{"fp16", "fp16.", encoders.Spec{Precision: "fp16"}, half},
		{"int8", "int8.", encoders.Spec{Precision: "int8"}, float},
		{"int8 a channel", "int8-channel.", encoders.Spec{Precision: "int8"}, float},
		{"optimised", "optimised.", encoders.Spec{}, float},
		{"batch 1", "", encoders.Spec{Batch: 1}, 0},
		{"batch 2", "", encoders.Spec{Batch: 2}, float},
		{"trim", "", encoders.Spec{Trim: true}, float},
		{"int8, batch 1", "int8.", encoders.Spec{Precision: "int8", Batch: 1}, 0},
		{"two threads", "", encoders.Spec{Threads: 2}, float},
		{"io binding", "", encoders.Spec{Options: map[string]string{"io_binding": "on"}}, float},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := c.spec
			spec.Name = c.name
			spec.Image, spec.Text = tower(c.files)
			encoderstest.Run(t, func(t *testing.T) encoders.Encoder {
				enc, err := runtimes.Open(t.Context(), spec, env)
				require.NoError(t, err)
				return enc
			}, encoderstest.Options{BatchTolerance: c.bound, SharedScale: spec.Precision == "int8" && spec.Batch != 1})
		})
	}
}

// TestKeys: a change of an embedding changes its key, and nothing else does.
func TestKeys(t *testing.T) {
	env := library(t)
	open := func(change func(*encoders.Spec)) encoders.Info {
		spec := encoders.Spec{Name: "a"}
		change(&spec)
		enc, err := runtimes.Open(t.Context(), spec, env)
		require.NoError(t, err)
		defer enc.Close()
		return enc.Info()
	}
	base := open(func(*encoders.Spec) {})
	for name, c := range map[string]struct {
		change      func(*encoders.Spec)
		image, text bool // which keys must differ
	}{
		"name":        {func(s *encoders.Spec) { s.Name = "b" }, false, false},
		"preprocess":  {func(s *encoders.Spec) { s.Preprocess = "go_image" }, false, false},
		"image tower": {func(s *encoders.Spec) { s.Image = "image.int8.onnx" }, true, false},
		"text tower":  {func(s *encoders.Spec) { s.Text = "text.int8.onnx" }, false, true},
		"batch":       {func(s *encoders.Spec) { s.Batch = 1 }, true, true},
		"threads":     {func(s *encoders.Spec) { s.Threads = 2 }, true, true},
		"trim":        {func(s *encoders.Spec) { s.Trim = true }, false, true},
		"options":     {func(s *encoders.Spec) { s.Options = map[string]string{"session.set_denormal_as_zero": "1"} }, true, true},
	} {
		got := open(c.change)
		assert.Equal(t, c.image, got.ImageKey != base.ImageKey, "%s: image key", name)
		assert.Equal(t, c.text, got.TextKey != base.TextKey, "%s: text key", name)
	}
}

func options(name, value string) map[string]string { return map[string]string{name: value} }

func TestOpenRefuses(t *testing.T) {
	env := library(t)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "image.onnx"), []byte("no model"), 0o644))
	for name, c := range map[string]struct {
		change      func(*encoders.Spec)
		unavailable bool
		want        string
	}{
		"no name":       {func(s *encoders.Spec) { s.Name = "" }, false, "variant has no name"},
		"runtime":       {func(s *encoders.Spec) { s.Runtime = "tensorflow" }, true, "it has deepsparse, deepspeed, kernl, oip, onnxruntime, onnxruntime_gpu"},
		"provider":      {func(s *encoders.Spec) { s.Provider = "cuda" }, true, "cuda"},
		"other":         {func(s *encoders.Spec) { s.Provider = "xnnpack" }, true, "provider xnnpack: XNNPACK execution provider is not supported in this build"},
		"nonsense":      {func(s *encoders.Spec) { s.Provider = "abacus" }, false, `provider "abacus": ONNX Runtime has cpu, cuda`},
		"plugin":        {func(s *encoders.Spec) { s.Provider, s.Options = "openvino", options("provider_library", "/gone.so") }, true, "/gone.so"},
		"option":        {func(s *encoders.Spec) { s.Options = options("graph_optimisation", "all") }, false, "no such option: want cpu_mem_arena, execution_mode, graph_optimization_level"},
		"value":         {func(s *encoders.Spec) { s.Options = options("graph_optimization_level", "9") }, false, "want one of all, basic, disable, extended"},
		"output":        {func(s *encoders.Spec) { s.Options = options("image_output", "gone") }, false, `no output "gone" (it has ["image_embeds"])`},
		"model":         {func(s *encoders.Spec) { s.Model = "gone" }, false, `model "gone" is neither built in (mini) nor a folder`},
		"file":          {func(s *encoders.Spec) { s.Text = "gone.onnx" }, false, "has no file gone.onnx"},
		"weights":       {func(s *encoders.Spec) { s.Model = folder }, false, "image.onnx"},
		"towers swap":   {func(s *encoders.Spec) { s.Image, s.Text = "text.onnx", "image.onnx" }, false, "want one float32, float16 or uint8 [N,3,S,S]"},
		"text as image": {func(s *encoders.Spec) { s.Text = "image.onnx" }, false, "want int64 or int32 input_ids"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := encoders.Spec{Name: "a"}
			c.change(&spec)
			_, err := runtimes.Open(t.Context(), spec, env)
			require.ErrorContains(t, err, c.want)
			assert.Equal(t, c.unavailable, errors.Is(err, machine.ErrUnavailable))
		})
	}
	_, err := runtimes.Open(t.Context(), encoders.Spec{Name: "a"}, encoders.Env{Models: env.Models})
	assert.ErrorIs(t, err, machine.ErrUnavailable, "no library was given")
}

// fake is an Encoder with one value per item, which records the batches that it gets.
type fake struct {
	sizes  []int
	lens   []int
	value  float32
	short  bool // returns one embedding too few
	err    error
	closed atomic.Int32
}

func (f *fake) Info() encoders.Info { return encoders.Info{Dim: 1, ImageSize: 1} }
func (f *fake) Close() error        { f.closed.Add(1); return nil }

func (f *fake) EncodeImages(_ context.Context, px encoders.Pixels) (encoders.Embeddings, error) {
	f.sizes = append(f.sizes, px.N)
	e := encoders.Embeddings{N: px.N, Dim: 1}
	for i := range px.N {
		e.Data = append(e.Data, px.Data[3*i]+f.value)
	}
	if f.short {
		e.N, e.Data = e.N-1, e.Data[1:]
	}
	return e, f.err
}

func (f *fake) EncodeTexts(_ context.Context, tk encoders.Tokens) (encoders.Embeddings, error) {
	f.sizes, f.lens = append(f.sizes, tk.N), append(f.lens, tk.Len)
	e := encoders.Embeddings{N: tk.N, Dim: 1}
	for i := range tk.N {
		e.Data = append(e.Data, float32(tk.IDs[i*tk.Len]))
	}
	return e, f.err
}

func pixels(n int) encoders.Pixels {
	px := encoders.Pixels{N: n, Size: 1, Data: make([]float32, 3*n)}
	for i := range n {
		px.Data[3*i] = float32(i)
	}
	return px
}

func TestBatched(t *testing.T) {
	for n, want := range map[int][]int{1: {1}, 3: {3}, 4: {3, 1}, 6: {3, 3}, 7: {3, 3, 1}} {
		f := &fake{}
		e, err := encoders.Batched(f, 3).EncodeImages(t.Context(), pixels(n))
		require.NoError(t, err)
		assert.Equal(t, want, f.sizes)
		for i, v := range e.Data {
			assert.Equal(t, float32(i), v)
		}
		assert.Equal(t, []int{n, 1, n}, []int{e.N, e.Dim, len(e.Data)})
	}
	f := &fake{err: errors.New("boom")}
	_, err := encoders.Batched(f, 3).EncodeImages(t.Context(), pixels(9))
	assert.ErrorIs(t, err, f.err)
	assert.Len(t, f.sizes, 1, "nothing after the failure")
}

// TestBatchedTrimmed: each batch is cut to the length of its longest text.
func TestBatchedTrimmed(t *testing.T) {
	f := &fake{}
	eot := int64(encoders.EOT)
	tk := encoders.Tokens{N: 3, Len: 4, IDs: []int64{1, eot, 0, 0, 2, eot, 0, 0, 3, 3, eot, 0}}
	e, err := encoders.Batched(encoders.Trimmed(f), 2).EncodeTexts(t.Context(), tk)
	require.NoError(t, err)
	assert.Equal(t, []int{2, 3}, f.lens)
	assert.Equal(t, []float32{1, 2, 3}, e.Data)
}

func TestChecked(t *testing.T) {
	nan := float32(0)
	nan /= nan
	for name, c := range map[string]struct {
		enc  *fake
		want string
	}{
		"NaN":     {&fake{value: nan}, "embedding 0 has NaN at 0"},
		"too few": {&fake{short: true}, "got 1 embeddings"},
		"error":   {&fake{err: errors.New("boom")}, "encode 2 images: boom"},
	} {
		_, err := encoders.Checked(c.enc).EncodeImages(t.Context(), pixels(2))
		assert.ErrorContains(t, err, c.want, name)
	}
	f := &fake{}
	enc := encoders.Checked(f)
	_, err := enc.EncodeTexts(t.Context(), encoders.Tokens{N: 1, Len: 1, IDs: []int64{1}})
	assert.Error(t, err, "a row needs a start and an end")
	assert.Empty(t, f.sizes, "the encoder is not called")
	require.NoError(t, enc.Close())
	assert.EqualValues(t, 1, f.closed.Load())
}

// TestUnknownEntries: ONNX Runtime accepts session config entries with any name, and ignores those that it does not know.
func TestUnknownEntries(t *testing.T) {
	env := library(t)
	open := func(entry string) error {
		enc, err := runtimes.Open(t.Context(), encoders.Spec{Name: "v", Options: map[string]string{entry: "0"}}, env)
		if err == nil {
			require.NoError(t, enc.Close())
		}
		return err
	}
	assert.NoError(t, open("session.intra_op.allow_spinning"))
	assert.ErrorContains(t, open("session.intra_op.allow_spining"), "session.intra_op.allow_spining=0: ONNX Runtime 1.32.0 has no session config entry of that name")
}
