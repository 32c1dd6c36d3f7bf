package onnxfile_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/onnxfile"
	"github.com/fastclip/fastclip/encoders/onnxfile/onnxtest"
)

// TestCut: what one output needs stays, and nothing else does.
func TestCut(t *testing.T) {
	merged := onnxtest.Merged(16, 8)
	for output, want := range map[string][]string{
		"image_embeds": {"pixel_values"}, "text_embeds": {"input_ids"}, "logits_per_image": {"input_ids", "pixel_values"},
	} {
		data, err := onnxfile.Cut(merged, output)
		require.NoError(t, err)
		f, err := onnxfile.Parse(data)
		require.NoError(t, err)
		var inputs []string
		for _, p := range f.Inputs {
			inputs = append(inputs, p.Name)
		}
		assert.ElementsMatch(t, want, inputs, output)
		require.Len(t, f.Outputs, 1)
		assert.Equal(t, output, f.Outputs[0].Name)
		assert.Equal(t, int64(17), f.Opsets[""])
	}
	_, err := onnxfile.Cut(merged, "gone")
	assert.ErrorContains(t, err, "no such output")
	_, err = onnxfile.Cut([]byte("\x0a"), "x")
	assert.Error(t, err)
	whole := onnxtest.Image(16, 8)
	same, err := onnxfile.Cut(whole, "image_embeds")
	require.NoError(t, err)
	assert.Equal(t, whole, same, "a tower alone stays as it is")
}

func FuzzCut(f *testing.F) {
	f.Add(onnxtest.Merged(16, 8), "image_embeds")
	f.Add([]byte("\x3a\x00"), "")
	f.Fuzz(func(t *testing.T, data []byte, output string) {
		cut, err := onnxfile.Cut(data, output)
		if err != nil {
			return
		}
		again, err := onnxfile.Cut(cut, output)
		require.NoError(t, err)
		assert.Equal(t, cut, again)
	})
}
