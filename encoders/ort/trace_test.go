package ort_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/testenv"
)

// TestTrace: a trace has each session and each of its calls, with what a program needs that repeats them.
func TestTrace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace")
	t.Setenv(ort.TraceFile, file)
	lib, err := ort.Open(testenv.Library(t, "onnxruntime"))
	require.NoError(t, err)
	model := filepath.Join(testenv.Root(t), "testdata", "models", "mini", "text.onnx")
	s, err := lib.Load(ort.Model{Path: model}, ort.Output{}, ort.Options{Threads: 2, Settings: map[string]string{"session.intra_op.allow_spinning": "0"}})
	require.NoError(t, err)
	dst := make([]float32, 3*s.Output().Shape[1])
	require.NoError(t, s.Run(t.Context(), []ort.Tensor{{Int64: make([]int64, 3*77), Shape: []int64{3, 77}}}, dst, 3, s.Output().Shape[1]))
	require.NoError(t, s.Close())
	require.NoError(t, lib.Close())

	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var lines []map[string]any
	for line := range bytes.Lines(data) {
		var at map[string]any
		require.NoError(t, json.Unmarshal(line, &at))
		assert.Positive(t, at["took"])
		maps.DeleteFunc(at, func(key string, _ any) bool { return slices.Contains([]string{"process", "at", "took"}, key) })
		lines = append(lines, at)
	}
	assert.Equal(t, []map[string]any{
		{"session": 1.0, "model": model, "provider": "CPU", "threads": 2.0, "settings": map[string]any{"session.intra_op.allow_spinning": "0"}},
		{"session": 1.0, "shapes": []any{[]any{3.0, 77.0}}},
	}, lines)

	t.Setenv(ort.TraceFile, filepath.Join(file, "below a file"))
	_, err = ort.Open(testenv.Library(t, "onnxruntime"))
	assert.ErrorContains(t, err, ort.TraceFile)
}
