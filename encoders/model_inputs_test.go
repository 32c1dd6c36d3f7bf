package encoders

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a model's files say of its inputs is used, and what cannot be used is refused.
func TestInputs(t *testing.T) {
	half := [3]float32{0.5, 0.5, 0.5}
	for name, x := range map[string]struct {
		files    map[string]string
		mean     [3]float32
		refused  string
		wantFail string
	}{
		"nothing":      {nil, [3]float32{}, "", ""},
		"transformers": {map[string]string{"preprocessor_config.json": `{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}`}, half, "", ""},
		"open_clip":    {map[string]string{"open_clip_config.json": `{"preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}`}, half, "", ""},
		"zero":         {map[string]string{"preprocessor_config.json": `{"image_mean": [0, 0, 0], "image_std": [0, 1, 1]}`}, [3]float32{}, "preprocessor_config.json: std:", ""},
		"no json":      {map[string]string{"preprocessor_config.json": `{`}, [3]float32{}, "preprocessor_config.json: unexpected end", ""},
		"no tokenizer": {map[string]string{"tokenizer.json": `{`}, [3]float32{}, "", "its tokenizer: tokenizer.json: "},
		"half a pair":  {map[string]string{"vocab.json": `{}`}, [3]float32{}, "", "vocab.json without merges.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for file, text := range x.files {
				fsys[file] = &fstest.MapFile{Data: []byte(text)}
			}
			in, err := (&Model{Name: "m", fsys: fsys}).Inputs("image.onnx", "text.onnx")
			require.NoError(t, err)
			if x.wantFail != "" {
				assert.ErrorContains(t, in.Wordless, x.wantFail)
				return
			}
			require.NoError(t, in.Wordless)
			assert.Equal(t, x.mean, in.Mean)
			assert.Nil(t, in.Vocab)
			if x.refused != "" {
				require.ErrorContains(t, in.Refused, x.refused)
				_, _, err := (Info{Inputs: in}).Pipeline(nil, ModelPipeline)
				assert.ErrorIs(t, err, in.Refused)
			} else {
				assert.NoError(t, in.Refused)
			}
		})
	}
}
