package modeldir

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestElsewhere: a folder whose towers nothing finds is told of the ONNX files that it has.
func TestElsewhere(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"none of the layouts that fastclip knows, but models/clip/onnx/text_model.onnx, models/clip/onnx/vision_model.onnx: name the towers with image and text": {"models/clip/onnx/vision_model.onnx": "", "models/clip/onnx/text_model.onnx": ""},
		"but Image.ONNX, Text.ONNX": {"Image.ONNX": "", "Text.ONNX": ""},
		"nor any other ONNX file":   {"README.md": "", "image.onnx/a": ""},
		"a/1.onnx, a/2.onnx, a/3.onnx, a/4.onnx, a/5.onnx, a/6.onnx and more:":                  {"a/1.onnx": "", "a/2.onnx": "", "a/3.onnx": "", "a/4.onnx": "", "a/5.onnx": "", "a/6.onnx": "", "a/7.onnx": ""},
		"but onnx/text_model.onnx: say the precision, or name files":                            {"onnx/text_model.onnx": ""},
		"but onnx/text_model_with_projection.onnx, onnx/vision_model_with_projection.onnx: say": {"onnx/vision_model_with_projection.onnx": "", "onnx/text_model_with_projection.onnx": ""},
	} {
		_, err := Towers(folder(files), DefaultImage, DefaultText, "fp32")
		assert.ErrorContains(t, err, want)
	}
}

// pointer is what Git LFS leaves in place of a file.
const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"

// TestSaidTwice: what one file says twice and differently, or not as anything can obey, is a fault.
func TestSaidTwice(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"config.json: vision_config_dict or text_config_dict says otherwise":              {"config.json": `{"model_type": "clip", "text_config": {"max_position_embeddings": 77}, "text_config_dict": {"max_position_embeddings": 64}}`},
		"preprocess_cfg.size is 32 and model_cfg.vision_cfg.image_size 16":                {"open_clip_config.json": `{"model_cfg": {"vision_cfg": {"image_size": 16}}, "preprocess_cfg": {"size": 32}}`},
		"sentence_bert_config.json: max_seq_length is -3: want at least 2":                {"sentence_bert_config.json": `{"max_seq_length": -3}`},
		"open_clip_config.json: model_cfg.text_cfg.context_length is -5: want at least 2": {"open_clip_config.json": `{"model_cfg": {"text_cfg": {"context_length": -5}}}`},
		"config.json: max_position_embeddings is -1: want at least 2":                     {"config.json": `{"model_type": "clip", "text_config": {"max_position_embeddings": -1}}`},
		"asks for embeddings cut to 8 values (truncate_dim)":                              {"config_sentence_transformers.json": `{"truncate_dim": 8}`},
	} {
		f, err := Read(folder(files), "image.onnx", "text.onnx")
		require.NoError(t, err)
		require.Len(t, f.Faults, 1, want)
		assert.Contains(t, f.Faults[0], want)
	}
	for _, config := range []string{`{"text_config": {"vocab_size": 49408}, "text_config_dict": {"vocab_size": 49408}}`, `{"text_config_dict": null}`, `{"vision_config": {}, "vision_config_dict": {}}`} {
		f, err := Read(folder(map[string]string{"config.json": config}), "image.onnx", "text.onnx")
		require.NoError(t, err)
		assert.Empty(t, f.Faults, config)
	}
	for file, want := range map[string]string{"config.json": "config.json: a JSON null: want an object", "open_clip_config.json": "a JSON null"} {
		_, err := Read(folder(map[string]string{file: pointer}), "image.onnx", "text.onnx")
		assert.ErrorIs(t, err, ErrPointer)
		_, err = Read(folder(map[string]string{file: "null"}), "image.onnx", "text.onnx")
		assert.ErrorContains(t, err, want)
	}
	for want, files := range map[string]map[string]string{
		"vocab.txt has 3 ids, config.json says a vocabulary of 2":            {"vocab.txt": "a\nb\nc\n", "tokenizer_config.json": bert, "config.json": `{"model_type": "chinese_clip", "text_config": {"vocab_size": 2}}`},
		"tokenizer.json has 8 ids, config.json says a vocabulary of 7":       {"tokenizer.json": `{"model": {"type": "WordLevel", "vocab": {"a": 7}}}`, "config.json": `{"model_type": "bert", "vocab_size": 7}`},
		"textual/tokenizer.json has 1 ids, config.json says a vocabulary of": {"textual/tokenizer.json": unigram, "config.json": `{"model_type": "siglip", "text_config": {"vocab_size": -1}}`},
	} {
		f, err := Read(folder(files), "image.onnx", "text.onnx")
		require.NoError(t, err)
		require.NotEmpty(t, f.Faults, want)
		assert.Contains(t, f.Faults[0], want)
	}
	for want, files := range map[string]map[string]string{
		"tokenizer_config.json: model_max_length is 0: want a number of ids, at least 2": {"vocab.txt": "a", "tokenizer_config.json": `{"tokenizer_class": "BertTokenizer", "model_max_length": 0}`},
		"tokenizer_config.json: model_max_length is -4":                                  {"tokenizer_config.json": `{"tokenizer_class": "CLIPTokenizer", "model_max_length": -4}`},
		`model_max_length is "many"`:                                                     {"vocab.txt": "a", "tokenizer_config.json": `{"tokenizer_class": "BertTokenizer", "model_max_length": "many"}`},
		`model_max_length is "NaN"`:                                                      {"vocab.txt": "a", "tokenizer_config.json": `{"tokenizer_class": "BertTokenizer", "model_max_length": NaN}`},
		"spiece.model: it is a pointer of Git LFS":                                       {"spiece.model": pointer, "tokenizer_config.json": `{"tokenizer_class": "T5Tokenizer"}`},
		"spiece.model is empty":                                                          {"spiece.model": "", "tokenizer_config.json": `{"tokenizer_class": "T5Tokenizer"}`},
	} {
		f, err := Read(folder(files), "image.onnx", "text.onnx")
		require.NoError(t, err)
		assert.ErrorContains(t, f.WordsErr, want)
	}
	f, err := Read(folder(map[string]string{"tekken.json": "{}"}), "image.onnx", "text.onnx")
	require.NoError(t, err)
	assert.ErrorContains(t, f.WordsErr, "tekken.json looks like a tokenizer's file")
}
