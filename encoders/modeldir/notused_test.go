package modeldir

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFilesOfTransformers: every file that transformers 5 saves with a model is used, refused, or named as one that
// has no effect on embeddings.
func TestFilesOfTransformers(t *testing.T) {
	for file, c := range map[string]struct {
		text, notUsed, fault, words, pictures string
	}{
		"video_preprocessor_config.json":      {`{"video_processor_type": "X", "size": 9}`, "video_preprocessor_config.json is of videos", "", "", ""},
		"sub/video_preprocessor_config.json":  {`{"do_normalize": false}`, "sub/video_preprocessor_config.json is of videos", "", "", ""},
		"generation_config.json":              {`{"eos_token_id": NaN}`, "generation_config.json is of texts that a model writes", "", "", ""},
		"chat_template.json":                  {`{"chat_template": ""}`, "chat_template.json is of chats", "", "", ""},
		"chat_template.jinja":                 {`{{ x }}`, "chat_template.jinja is of chats", "", "", ""},
		"additional_chat_templates/rag.jinja": {`{{ x }}`, "additional_chat_templates/rag.jinja says nothing that is read", "", "", ""},
		"model.safetensors.index.json":        {`{"weight_map": {}}`, "model.safetensors.index.json lists weights", "", "", ""},
		"modeling_clip.py":                    {`import torch`, "modeling_clip.py is code, which is not run", "", "", ""},
		"labels.txt":                          {"cat\ndog\n", "labels.txt says nothing that is read", "", "", ""},
		"broken.json":                         {"{", "broken.json says nothing that is read", "", "", ""},
		"model.safetensors":                   {"x", "", "", "", ""},
		"README.md":                           {"x", "", "", "", ""},
		"processor_config.json":               {`{"processor_class": "CLIPProcessor", "image_processor": {"size": 96, "crop_size": 96}, "video_processor": {"size": 1}}`, "", "", "", ""},
		"a/processor_config.json":             {`{"image_processor": {"size": 96}, "size": 384}`, "", "", "", "a/processor_config.json: beside image_processor: size: unknown"},
		"b/processor_config.json":             {`{"image_processor": "CLIPImageProcessor"}`, "", "", "", `image_processor: "CLIPImageProcessor": want an object`},
		"image_processor_config.json":         {`{}`, "", "", "", "image_processor_config.json looks like the model's preprocessing"},
		"adapter_config.json":                 {`{"peft_type": "LORA"}`, "", "adapter_config.json gives peft_type", "", ""},
		"special_tokens_map.json":             {`{"bos_token": "<s>"}`, "", "", "special_tokens_map.json looks like a tokenizer's file", ""},
		"added_tokens.json":                   {`{"<image>": 49408}`, "", "", "added_tokens.json looks like a tokenizer's file", ""},
	} {
		t.Run(file, func(t *testing.T) {
			f, err := Read(folder(map[string]string{"image.onnx": "", "text.onnx": "", file: c.text}), "image.onnx", "text.onnx")
			require.NoError(t, err)
			assert.Equal(t, c.notUsed != "", len(f.NotUsed) > 0, "%v", f.NotUsed)
			if c.notUsed != "" {
				assert.Equal(t, c.notUsed, f.NotUsed[0])
			}
			for want, got := range map[string]error{c.words: f.WordsErr, c.pictures: f.PicturesErr} {
				if want != "" {
					assert.ErrorContains(t, got, want)
				}
			}
			if c.fault != "" {
				require.NotEmpty(t, f.Faults)
				assert.Contains(t, f.Faults[0], c.fault)
			}
		})
	}
}

// TestNotFinite: NaN and Infinity are read as Python reads them where nobody needs the value, and refused by the key
// where somebody does.
func TestNotFinite(t *testing.T) {
	read := func(files map[string]string) (*Folder, error) { return Read(folder(files), "image.onnx", "text.onnx") }
	f, err := read(map[string]string{"config.json": `{"model_type": "clip", "initializer_factor": NaN, "layer_scale": -Infinity, "vision_config": {"hidden_act": "gelu", "dropout": NaN}}`})
	require.NoError(t, err)
	assert.Contains(t, f.Claims, Claim{"image", WhatActivation, 0, "gelu", "config.json"})
	for config, want := range map[string]string{
		`{"projection_dim": NaN}`:                                    "config.json: projection_dim is a JSON string: want a whole number; NaN",
		`{"text_config": {"max_position_embeddings": Infinity}}`:     "config.json: text_config.max_position_embeddings is a JSON string: want a whole number; NaN",
		`{"text_config": {"vocab_size": 49408.5}}`:                   "config.json: text_config.vocab_size is a JSON number 49408.5: want a whole number",
		`{"text_config": {"hidden_act": NaN, "vocab_size": "many"}}`: "config.json: text_config.vocab_size is a JSON string",
	} {
		_, err := read(map[string]string{"config.json": config})
		assert.ErrorContains(t, err, want)
	}
	for size, want := range map[string]string{"NaN": "NaN", `"224"`: "224", "224.0": "224.0", "[224, 336]": "[224, 336]", "0": "0"} {
		f, err := read(map[string]string{"config.json": `{"model_type": "clip", "vision_config": {"image_size": ` + size + `}}`})
		require.NoError(t, err)
		require.Len(t, f.Faults, 1, size)
		assert.Contains(t, f.Faults[0], "config.json: image_size is ")
		assert.Contains(t, f.Faults[0], want)
	}
	f, err = read(map[string]string{"preprocessor_config.json": `{"rescale_factor": NaN}`})
	require.NoError(t, err)
	assert.ErrorContains(t, f.PicturesErr, "preprocessor_config.json: rescale_factor: ")
	f, err = read(map[string]string{"preprocessor_config.json": `{"image_std": [Infinity, 1, 1]}`})
	require.NoError(t, err)
	assert.ErrorContains(t, f.PicturesErr, "image_std: ")
}
