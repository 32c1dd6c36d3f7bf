package modelcheck_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/modelcheck"
	"github.com/fastclip/fastclip/encoders/onnxfile/onnxtest"
)

// TestFolders: check judges what it finds also where no card claims anything, in every layout.
func TestFolders(t *testing.T) {
	env := library(t)
	image, text := onnxtest.Image(16, 8), onnxtest.Text(8)
	first := new(onnxtest.Graph).In("pixel_values", onnxtest.Float32, "n", 3, 16, 16).Projected("pixel_values", 16, 8, 1)
	first.Ints("zero", []int64{1}, 0).Node("Gather", []string{"image_embeds", "zero"}, []string{"one"}, onnxtest.Attr{Name: "axis", Value: int64(0)}).
		Node("Shape", []string{"image_embeds"}, []string{"shape"}).Node("Expand", []string{"one", "shape"}, []string{"all"}).Out("all", onnxtest.Float32, "n", 8)
	for name, c := range map[string]struct {
		files map[string][]byte
		want  map[string]string
	}{
		"plain":        {map[string][]byte{"image.onnx": image, "text.onnx": text}, map[string]string{}},
		"immich":       {map[string][]byte{"visual/model.onnx": image, "textual/model.onnx": text}, map[string]string{}},
		"merged":       {map[string][]byte{"model.onnx": onnxtest.Merged(16, 8)}, map[string]string{}},
		"image alone":  {map[string][]byte{"image.onnx": image}, map[string]string{}},
		"baked row":    {map[string][]byte{"image.onnx": first.Bytes(), "text.onnx": text}, map[string]string{"image batch of 1 against 8, max |a-b|": "embeddings depend on the batch", "image output": "all 8 embeddings are the same"}},
		"no tokenizer": {map[string][]byte{"image.onnx": image, "text.onnx": text, "tokenizer_config.json": []byte(`{"tokenizer_class": "BertTokenizer"}`)}, map[string]string{"tokenizer": "tokenizer_config.json names BertTokenizer, whose files are not in the folder"}},
		"unreadable": {map[string][]byte{"image.onnx": []byte("version"), "text.onnx": []byte("version"), "tokenizer_config.json": []byte(`{"tokenizer_class": "BertTokenizer"}`)},
			map[string]string{"tokenizer": "tokenizer_config.json names BertTokenizer", "readable": "read onnx file", "runs": ""}},
		"no pipeline": {map[string][]byte{"image.onnx": image, "text.onnx": text, "preprocessor_config.json": []byte(`{"do_pad": true}`)}, map[string]string{"preprocessing": "preprocessor_config.json: do_pad: true"}},
		"other size":  {map[string][]byte{"image.onnx": image, "text.onnx": text, "preprocessor_config.json": []byte(`{}`)}, map[string]string{"files agree": "preprocessor_config.json makes pictures of 224 pixels, the image tower takes 16"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, data := range c.files {
				path := filepath.Join(dir, filepath.FromSlash(file))
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, data, 0o644))
			}
			r, err := modelcheck.Run(t.Context(), dir, env)
			require.NoError(t, err)
			got := failed(r)
			assert.Len(t, got, len(c.want), "%v", got)
			for check, want := range c.want {
				assert.Contains(t, got[check], want)
			}
		})
	}
}
