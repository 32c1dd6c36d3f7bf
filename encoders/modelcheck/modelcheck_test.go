package modelcheck_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/modelcheck"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/testenv"
)

// library is ONNX Runtime for all tests of t: a process has one.
func library(t *testing.T) encoders.Env {
	lib, err := ort.Open(testenv.Library(t, "onnxruntime"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, lib.Close()) })
	return encoders.Env{ORT: func() (*ort.Library, error) { return lib, nil }}
}

// model is mini's fp32 pair and card in a folder of the test's own.
func model(t *testing.T) string {
	dir := t.TempDir()
	for _, name := range []string{"image.onnx", "text.onnx", "card.json"} {
		data, err := os.ReadFile(filepath.Join(testenv.Root(t), "testdata", "models", "mini", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
	return dir
}

// edit changes a file's bytes, and with seal the card's hash of it.
func edit(t *testing.T, dir, name string, change func([]byte) []byte, seal bool) {
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	changed := change(data)
	require.NotEqual(t, data, changed, "the edit changes nothing")
	require.NoError(t, os.WriteFile(path, changed, 0o644))
	if seal {
		sum := sha256.Sum256(changed)
		card(t, dir, func(c map[string]any) { c["sha256"].(map[string]any)[name] = hex.EncodeToString(sum[:]) })
	}
}

func card(t *testing.T, dir string, change func(map[string]any)) {
	path := filepath.Join(dir, "card.json")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var c map[string]any
	require.NoError(t, json.Unmarshal(data, &c))
	change(c)
	data, err = json.Marshal(c)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, data, 0o644))
}

// failed are what failed, by check.
func failed(r modelcheck.Report) map[string]string {
	out := map[string]string{}
	for _, c := range r.Checks {
		if c.Result == modelcheck.Fail {
			out[c.What] = c.Found
		}
	}
	return out
}

func replace(from, to []byte) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.ReplaceAll(b, from, to) }
}

func float(v float32) []byte  { return binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)) }
func integer(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

func TestRun(t *testing.T) {
	env := library(t)
	claim := func(key string, v any) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			card(t, dir, func(c map[string]any) { c["claims"].(map[string]any)[key] = v })
		}
	}
	for name, x := range map[string]struct {
		change func(t *testing.T, dir string)
		want   map[string]string
	}{
		"as it is": {func(*testing.T, string) {}, map[string]string{}},
		"no card":  {func(t *testing.T, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, "card.json"))) }, map[string]string{}},
		"dim":      {claim("dim", 512), map[string]string{"dim": "128"}},
		"size":     {claim("image_size", 336), map[string]string{"image size": "224"}},
		"opset":    {claim("opset", 18), map[string]string{"opset": "17"}},
		"gelu":     {claim("activation", "gelu"), map[string]string{"activation": "quickgelu"}},
		"unit":     {claim("normalised", true), map[string]string{"image output": "raw", "text output": "raw"}},
		"length":   {claim("dynamic_length", false), map[string]string{"dynamic length": "yes"}},
		"no causal mask": {func(t *testing.T, dir string) {
			edit(t, dir, "text.onnx", replace(float(-1e4), float(0)), true)
		}, map[string]string{"causal mask": "no", "pooling": "not at EOT"}},
		"pooled at the start": {func(t *testing.T, dir string) {
			edit(t, dir, "text.onnx", replace(integer(encoders.EOT), integer(49406)), true)
		}, map[string]string{"causal mask": "unknown: words change nothing", "pooling": "not at EOT", "text output": "all 8 embeddings are the same"}},
		"gone bad": {func(t *testing.T, dir string) {
			edit(t, dir, "image.onnx", func(b []byte) []byte { return b[:len(b)/2] }, true)
		}, map[string]string{"readable": "read onnx file: unexpected EOF"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := model(t)
			x.change(t, dir)
			r, err := modelcheck.Run(t.Context(), dir, env)
			require.NoError(t, err)
			got := failed(r)
			delete(got, "runs")                            // ONNX Runtime's own words
			delete(got, "rows of 8 against 77, max |a-b|") // without a mask, padding counts as well
			delete(got, "rows of 20 against 77, max |a-b|")
			assert.Equal(t, x.want, got)
		})
	}
}

// A changed weight is seen by its hash; infinite weights by what comes out.
func TestHashesAndInfinity(t *testing.T) {
	env, dir := library(t), model(t)
	edit(t, dir, "image.onnx", func(b []byte) []byte {
		b = bytes.Clone(b)
		copy(b[len(b)/2:], bytes.Repeat(float(float32(math.Inf(1))), 4))
		return b
	}, false)
	r, err := modelcheck.Run(t.Context(), dir, env)
	require.NoError(t, err)
	got := failed(r)
	assert.Contains(t, got, "sha256")
	assert.Contains(t, got["runs"], "has NaN")
}

func TestNothingToCheck(t *testing.T) {
	_, err := modelcheck.Run(t.Context(), t.TempDir(), encoders.Env{})
	assert.ErrorContains(t, err, "has no image.onnx with a text.onnx")
	_, err = modelcheck.Run(t.Context(), model(t), encoders.Env{})
	assert.ErrorIs(t, err, machine.ErrUnavailable)
}
