package modeldir

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tensors is a file of safetensors with a weight of 1x2 and a bias, of BF16 or F32.
func tensors(bias bool) string {
	head, body := `{"linear.weight": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}`, "\x00\x00\x80\x3f\x00\x00\x00\x40"
	if bias {
		head, body = head+`, "linear.bias": {"dtype": "BF16", "shape": [1], "data_offsets": [8, 10]}`, body+"\x40\x40"
	}
	head += "}"
	return string(binary.LittleEndian.AppendUint64(nil, uint64(len(head)))) + head + body
}

// TestModules: every module that sentence-transformers lists is used, or refused by its name.
func TestModules(t *testing.T) {
	const plain = `"in_features": 2, "out_features": 1`
	list := func(types ...string) string {
		out := ""
		for i, kind := range types {
			out += fmt.Sprintf(`, {"idx": %d, "path": "%d", "type": "sentence_transformers.models.%s"}`, i, i, kind)
		}
		return "[" + out[2:] + "]"
	}
	for name, c := range map[string]struct {
		modules, dense, weights string
		want                    string // of Head.Err, or layers
	}{
		"dense":              {list("Transformer", "Pooling", "Dense"), "{" + plain + `, "bias": false, "activation_function": "torch.nn.modules.linear.Identity"}`, tensors(false), "[{2 1 [1 2] [] false}]"},
		"tanh, bias":         {list("Transformer", "Pooling", "Dense", "Normalize"), "{" + plain + "}", tensors(true), "[{2 1 [1 2] [3] true} {0 0 [] [] false}]"},
		"nothing":            {list("CLIPModel"), "", "", "[]"},
		"another":            {list("Transformer", "Pooling", "LSTM"), "", "", "a module of type sentence_transformers.models.LSTM is not known"},
		"another activation": {list("Transformer", "Pooling", "Dense"), "{" + plain + `, "activation_function": "torch.nn.ReLU"}`, tensors(true), "activation_function torch.nn.ReLU is not known"},
		"token embeddings":   {list("Transformer", "Pooling", "Dense"), "{" + plain + `, "module_input_name": "token_embeddings"}`, tensors(true), "fastclip supports only layers after the pooling"},
		"a pickle":           {list("Transformer", "Pooling", "Dense"), "{" + plain + "}", "", "2 has no model.safetensors: pickles are not read"},
		"no bias":            {list("Transformer", "Pooling", "Dense"), "{" + plain + "}", tensors(false), "it has no tensor linear.bias"},
		"another shape":      {list("Transformer", "Pooling", "Dense"), `{"in_features": 3, "out_features": 1, "bias": false}`, tensors(false), "tensor linear.weight is F32 of shape [1 2]: want F32, F16 or BF16 of shape [1 3]"},
		"too many":           {list("Transformer", "Pooling", "Dense"), `{"in_features": 1073741824, "out_features": 1}`, tensors(false), "in_features 1073741824"},
		"cut short":          {list("Transformer", "Pooling", "Dense"), "{" + plain + "}", "\xff\xff\xff\xff\xff\xff\xff\xff{}", "its header is cut short"},
		"no file":            {list("Transformer", "Pooling", "Dense"), "", tensors(false), "2/config.json"},
	} {
		files := map[string]string{"modules.json": c.modules, "1/config.json": `{"pooling_mode_mean_tokens": true}`}
		for file, text := range map[string]string{"2/config.json": c.dense, "2/model.safetensors": c.weights} {
			if text != "" {
				files[file] = text
			}
		}
		f, err := Read(folder(files), "onnx/vision_model.onnx", "onnx/text_model.onnx")
		require.NoError(t, err, name)
		assert.Empty(t, f.Faults, name)
		if c.want[0] == '[' {
			require.NoError(t, f.Head.Err, name)
			assert.Equal(t, c.want, fmt.Sprint(f.Head.Layers), name)
			assert.Equal(t, c.modules == list("CLIPModel"), f.Head.Both, name)
		} else {
			assert.ErrorContains(t, f.Head.Err, c.want, name)
		}
	}
}

// TestPoolings: a pooling is one of those that are done, by either spelling.
func TestPoolings(t *testing.T) {
	for text, want := range map[string]string{
		`{"pooling_mode": "lasttoken"}`: "last", `{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false, "include_prompt": true}`: "cls", `{}`: "",
		`{"pooling_mode": "mean", "pooling_mode_mean_tokens": true}`: "mean",
	} {
		f, err := Read(folder(map[string]string{"1_Pooling/config.json": text}), "image.onnx", "text.onnx")
		require.NoError(t, err, text)
		assert.Equal(t, want, f.Pooling, text)
	}
	for text, want := range map[string]string{
		`{"pooling_mode_mean_sqrt_len_tokens": true}`: "the pooling mean_sqrt_len_tokens is not known", `{"pooling_mode_weightedmean_tokens": true}`: "weightedmean_tokens",
		`{"pooling_mode": "attention"}`: "the pooling attention is not known", `{"pooling_mode_cls_token": true, "pooling_mode_max_tokens": true}`: "two poolings at once, cls and max",
	} {
		_, err := Read(folder(map[string]string{"1_Pooling/config.json": text}), "image.onnx", "text.onnx")
		assert.ErrorContains(t, err, want)
	}
}
