package runtimes_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/encoderstest"
	"github.com/fastclip/fastclip/encoders/runtimes"
)

// The towers of testdata/odd do what testdata/recipes/odd_towers.py says.
const (
	oddSide = 8
	oddDim  = 16
)

func oddSpec(image, text string) encoders.Spec {
	return encoders.Spec{Name: "odd", Model: filepath.Join("testdata", "odd"), Image: image, Text: text}
}

// TestOddTowers: towers with unusual forms of export pass the conformance test, and give the same results as plain ones.
func TestOddTowers(t *testing.T) {
	env := library(t)
	px := encoders.Pixels{N: 3, Size: oddSide, Data: make([]float32, 3*3*oddSide*oddSide)}
	for i := range px.Data {
		px.Data[i] = float32(i%13)/8 - 0.75
	}
	tk := encoders.Tokens{N: 3, Len: 5, IDs: []int64{9, 320, encoders.EOT, 0, 0, 9, encoders.EOT, 7, 7, 7, 9, 1, 2, 3, encoders.EOT}}
	both := func(t *testing.T, spec encoders.Spec) (images, texts []float32) {
		enc, err := runtimes.Open(t.Context(), spec, env)
		require.NoError(t, err)
		defer enc.Close()
		a, err := enc.EncodeImages(t.Context(), px)
		require.NoError(t, err)
		b, err := enc.EncodeTexts(t.Context(), tk)
		require.NoError(t, err)
		assert.Equal(t, []int{3, oddDim, 3, oddDim}, []int{a.N, a.Dim, b.N, b.Dim})
		return a.Data, b.Data
	}
	images, texts := both(t, oddSpec("image.onnx", "text.onnx"))
	for name, c := range map[string]struct {
		image, text string
		bound       float64
		options     map[string]string
	}{
		"plain":         {"image.onnx", "text.onnx", 1e-6, nil},
		"fp16":          {"image.fp16.onnx", "text.fp16.onnx", 2e-3, nil},
		"fp16 bound":    {"image.fp16.onnx", "text.fp16.onnx", 2e-3, options("io_binding", "on")},
		"int32, mask":   {"image.onnx", "text.int32.onnx", 1e-6, nil},
		"external data": {"image.external.onnx", "text.onnx", 1e-6, nil},
		"fixed batch":   {"image.fixed.onnx", "text.fixed.onnx", 1e-6, nil},
		"open width":    {"image.open.onnx", "text.onnx", 1e-6, nil},
		"named output":  {"image.pooled.onnx", "text.int32.onnx", 1e-6, options("image_output", "pooled")},
	} {
		t.Run(name, func(t *testing.T) {
			spec := oddSpec(c.image, c.text)
			spec.Options = c.options
			encoderstest.Run(t, func(t *testing.T) encoders.Encoder {
				enc, err := runtimes.Open(t.Context(), spec, env)
				require.NoError(t, err)
				return enc
			}, encoderstest.Options{BatchTolerance: c.bound})
			a, b := both(t, spec)
			assert.Less(t, meanAbs(images, a), c.bound, "images")
			assert.Less(t, meanAbs(texts, b), c.bound, "texts")
		})
	}
}

// TestExternalData: weights may be in other files of the model's folder, also behind links as in a hub's cache, and are part of the model's identity. A file
// outside the folder is refused.
func TestExternalData(t *testing.T) {
	env := library(t)
	open := func(dir string) (encoders.Encoder, error) {
		spec := oddSpec("image.external.onnx", "text.onnx")
		spec.Model = dir
		return runtimes.Open(t.Context(), spec, env)
	}
	plain, err := open(filepath.Join("testdata", "odd"))
	require.NoError(t, err)
	defer plain.Close()

	blobs, snapshot := filepath.Join(t.TempDir(), "blobs"), t.TempDir()
	require.NoError(t, os.Mkdir(blobs, 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(snapshot, "weights"), 0o755))
	for i, name := range []string{"image.external.onnx", "text.onnx", "weights/image.bin"} {
		data, err := os.ReadFile(filepath.Join("testdata", "odd", name))
		require.NoError(t, err)
		blob := filepath.Join(blobs, string(rune('a'+i)))
		require.NoError(t, os.WriteFile(blob, data, 0o644))
		require.NoError(t, os.Symlink(blob, filepath.Join(snapshot, name)))
	}
	linked, err := open(snapshot)
	require.NoError(t, err)
	defer linked.Close()
	assert.Equal(t, plain.Info().ImageSHA256, linked.Info().ImageSHA256)

	data, err := os.ReadFile(filepath.Join(blobs, "c"))
	require.NoError(t, err)
	data[0]++
	require.NoError(t, os.WriteFile(filepath.Join(blobs, "c"), data, 0o644))
	changed, err := open(snapshot)
	require.NoError(t, err)
	defer changed.Close()
	assert.NotEqual(t, plain.Info().ImageSHA256, changed.Info().ImageSHA256, "other weights are another model")
	assert.NotEqual(t, plain.Info().ImageKey, changed.Info().ImageKey)

	require.NoError(t, os.Remove(filepath.Join(snapshot, "weights", "image.bin")))
	_, err = open(snapshot)
	assert.ErrorContains(t, err, "its weights are in another file")
	_, err = runtimes.Open(t.Context(), oddSpec("image.outside.onnx", "text.onnx"), env)
	assert.ErrorContains(t, err, `its weights are in "../image.bin", which is not in the model's folder: refused`)
}

func TestOddTowersRefused(t *testing.T) {
	env := library(t)
	_, err := runtimes.Open(t.Context(), oddSpec("image.pooled.onnx", "text.onnx"), env)
	assert.ErrorContains(t, err, `onnx model has outputs ["pooled" "projected"]: name the one to use with the option image_output`)
	enc, err := runtimes.Open(t.Context(), oddSpec("image.onnx", "text.fixed.onnx"), env)
	require.NoError(t, err)
	defer enc.Close()
	_, err = enc.EncodeTexts(t.Context(), encoders.Tokens{N: 1, Len: 77, IDs: make([]int64, 77)})
	assert.ErrorContains(t, err, "text 0 has 77 tokens, but the model takes 16")
}
