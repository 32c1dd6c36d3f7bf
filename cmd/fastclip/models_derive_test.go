package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/internal/testenv"
)

// TestDerive: mini's derived files come out as they are committed, to the byte; a static and a smooth
// quantization are made from generated pictures. The factors of the smooth one vanish behind layer normalizations.
func TestDerive(t *testing.T) {
	testenv.UV(t)
	mini := filepath.Join(testenv.Root(t), "testdata", "models", "mini")
	dir := t.TempDir()
	for _, f := range []string{"image.onnx", "text.onnx", "card.json"} {
		data, err := os.ReadFile(filepath.Join(mini, f))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, f), data, 0o644))
	}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"models", "derive", dir, "--kinds", "fp16,int8,int8-channel,int8-static,int8-smooth"}, nil, &stdout, &stderr)
	require.Zero(t, code, stderr.String())
	assert.Contains(t, stdout.String(), "image.int8-static.onnx")
	for _, f := range []string{"image.fp16.onnx", "text.fp16.onnx", "image.int8.onnx", "text.int8-channel.onnx"} {
		want, err := os.ReadFile(filepath.Join(mini, f))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(dir, f))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, got), "%s is not the committed file", f)
	}
	smooth, err := os.ReadFile(filepath.Join(dir, "image.int8-smooth.onnx"))
	require.NoError(t, err)
	folded, err := blocks.Folded(smooth)
	require.NoError(t, err)
	before, after := bytes.Count(smooth, []byte("layernormalization")), bytes.Count(folded, []byte("layernormalization"))
	assert.Less(t, after, before, "a layer normalization takes its factors over")
	card, err := os.ReadFile(filepath.Join(dir, "card.json"))
	require.NoError(t, err)
	assert.Contains(t, string(card), `"derived"`)
}
