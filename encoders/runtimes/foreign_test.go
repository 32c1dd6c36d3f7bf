package runtimes_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/internal/testenv"
)

// foreign is mini as another exporter might have written it: pictures of any size, a second output, and files with other names in a separate folder.
func foreign(t *testing.T) string {
	dir := t.TempDir()
	mini := filepath.Join(testenv.Root(t), "testdata", "models", "mini")
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(mini, name))
		require.NoError(t, err)
		return data
	}
	// Replaces a dimension of 224 with one named "h", which takes the same number of bytes.
	image := bytes.ReplaceAll(read("image.onnx"), []byte("\x0a\x03\x08\xe0\x01"), []byte("\x0a\x03\x12\x01h"))
	require.NotEqual(t, read("image.onnx"), image)
	// Protobuf merges a graph that occurs twice, so this adds a node and its output.
	const output = "\x0a\x0amorevalues"
	node := "\x0a\x0cimage_embeds\x12\x0amorevalues\x22\x08Identity"
	value := output + "\x12\x04\x0a\x02\x08\x01"
	graph := "\x0a" + string(rune(len(node))) + node + "\x62" + string(rune(len(value))) + value
	image = append(image, "\x3a"+string(rune(len(graph)))+graph...)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "onnx"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "onnx", "vision_model.onnx"), image, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "onnx", "text_model.onnx"), read("text.onnx"), 0o644))
	return dir
}

func TestForeignLayout(t *testing.T) {
	env := library(t)
	dir := foreign(t)
	spec := encoders.Spec{Name: "x", Model: dir, Image: "onnx/vision_model.onnx", Text: "onnx/text_model.onnx"}
	for config, want := range map[string]string{
		"":                     "put its preprocessor_config.json or open_clip_config.json",
		"{":                    "preprocessor_config.json: unexpected end",
		`{"crop_size": "224"}`: "crop_size: \"224\": want a number",
		`{"crop_size": 0}`:     "size: 224 to 0 pixels",
		`{"crop_size": 224}`:   "",
		`{"crop_size": {"height": 224, "width": 224}}`: "",
	} {
		path := filepath.Join(dir, "preprocessor_config.json")
		if config != "" {
			require.NoError(t, os.WriteFile(path, []byte(config), 0o644))
		}
		enc, err := runtimes.Open(t.Context(), spec, env)
		if want != "" {
			assert.ErrorContains(t, err, want)
		} else {
			require.NoError(t, err)
			assert.Equal(t, 224, enc.Info().ImageSize)
			assert.Equal(t, 128, enc.Info().Dim)
			e, err := enc.EncodeImages(t.Context(), encoders.Pixels{N: 1, Size: 224, Data: make([]float32, 3*224*224)})
			require.NoError(t, err)
			assert.Len(t, e.Data, 128)
			require.NoError(t, enc.Close())
		}
		require.NoError(t, os.RemoveAll(path))
	}
}
