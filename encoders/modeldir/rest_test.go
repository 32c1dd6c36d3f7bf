package modeldir

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNothingIsLeft: whatever lies below a model's folder, at any depth, is used or named.
func TestNothingIsLeft(t *testing.T) {
	const deep = "a/b/c/d/e/f/"
	for name, c := range map[string]struct {
		files    map[string]string
		words    string // part of WordsErr
		pictures string // part of PicturesErr
		fault    string // part of the only fault; "" of none
	}{
		"a deep tokenizer alone":        {files: map[string]string{deep + "vocab.txt": "x", deep + "tokenizer_config.json": bert}},
		"a deep class alone":            {files: map[string]string{deep + "tokenizer_config.json": bert}, words: deep + "tokenizer_config.json names BertTokenizer"},
		"a deep tokenizer beside one":   {files: map[string]string{"vocab.txt": "x", "tokenizer_config.json": bert, deep + "tokenizer.json": unigram}, fault: deep + "tokenizer.json looks like a tokenizer's file, but vocab.txt was used"},
		"a copy of it":                  {files: map[string]string{"vocab.txt": "x", "tokenizer_config.json": bert, deep + "vocab.txt": "x", deep + "tokenizer_config.json": bert}},
		"an odd name beside one":        {files: map[string]string{"vocab.txt": "x", "tokenizer_config.json": bert, "cl100k.tiktoken": "x"}, fault: "cl100k.tiktoken looks like a tokenizer's file"},
		"deep preprocessing alone":      {files: map[string]string{deep + "preprocessor_config.json": `{"size": 64, "crop_size": 64}`}},
		"preprocessing that differs":    {files: map[string]string{"preprocessor_config.json": `{}`, deep + "preprocessor_config.json": `{"do_normalize": false}`}, fault: "preprocessor_config.json and " + deep + "preprocessor_config.json do not agree: mean and deviation"},
		"preprocessing that is alike":   {files: map[string]string{"preprocessor_config.json": `{}`, deep + "preprocessor_config.json": `{"size": 224}`}},
		"preprocessing that is none":    {files: map[string]string{"preprocessor_config.json": `{}`, deep + "preprocess_cfg.json": `{"gamma": 1}`}, pictures: deep + "preprocess_cfg.json: preprocess_cfg.gamma: unknown"},
		"preprocessing by another name": {files: map[string]string{"sub/image_processor.yaml": "x"}, pictures: "sub/image_processor.yaml looks like the model's preprocessing"},
		"in capitals":                   {files: map[string]string{"Preprocessor_Config.JSON": "{}"}, pictures: "Preprocessor_Config.JSON looks like the model's preprocessing"},
		"keys under another name":       {files: map[string]string{"sub/settings.json": `{"image_mean": [0, 0, 0]}`}, pictures: "sub/settings.json looks like the model's preprocessing"},
		"a config by another name":      {files: map[string]string{"ViT-B-32.json": `{"embed_dim": 512, "vision_cfg": {}, "text_cfg": {}}`}, fault: "ViT-B-32.json gives vision_cfg of a model"},
		"a config that differs":         {files: map[string]string{"config.json": `{"model_type": "clip"}`, deep + "config.json": `{"model_type": "siglip"}`}, fault: deep + "config.json contradicts config.json"},
		"a config of something else":    {files: map[string]string{"config.json": `{"model_type": "clip"}`, deep + "config.json": `{"dim": 3}`}},
		"other JSON":                    {files: map[string]string{"card.json": `{"image_mean": 1}`, "data/labels.json": `[{"image_mean": 1}]`, "results.json": `{"recall": 1}`}},
		"another model's":               {files: map[string]string{"preprocessor_config.json": `{}`, "b/image.onnx": "", "b/preprocessor_config.json": `{"do_normalize": false}`, "b/config.json": `{"model_type": "siglip"}`, "config.json": `{"model_type": "clip"}`}},
		"another model's tokenizer":     {files: map[string]string{"b/image.onnx": "", "b/x/vocab.txt": "x"}, words: "b/x/vocab.txt belongs to another model's towers, and these towers have none"},
		"another model's pipeline":      {files: map[string]string{"b/image.onnx": "", "b/preprocessor_config.json": `{}`}, pictures: "b/preprocessor_config.json belongs to another model's towers"},
		"another model's config":        {files: map[string]string{"b/image.onnx": "", "b/config.json": `{}`}, fault: "b/config.json belongs to another model's towers"},
		"a prompt":                      {files: map[string]string{"config_sentence_transformers.json": `{"default_prompt_name": "query"}`}, fault: `config_sentence_transformers.json asks for the prompt "query"`},
		"no prompt":                     {files: map[string]string{"config_sentence_transformers.json": `{"default_prompt_name": null}`, "sentence_bert_config.json": `{"max_seq_length": 77, "do_lower_case": false}`}},
		"lower-cased":                   {files: map[string]string{"sentence_bert_config.json": `{"max_seq_length": 77, "do_lower_case": true}`}, fault: "sentence_bert_config.json asks for lower-case texts"},
		"activations":                   {files: map[string]string{"config.json": `{"model_type": "clip", "vision_config": {"hidden_act": "gelu"}, "text_config": {"hidden_act": "gelu"}}`, "open_clip_config.json": `{"model_cfg": {"quick_gelu": true}}`}, fault: "open_clip_config.json says quickgelu of the image tower, config.json says gelu"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"image.onnx": "", "text.onnx": ""}
			for k, v := range c.files {
				files[k] = v
			}
			f, err := Read(folder(files), "image.onnx", "text.onnx")
			require.NoError(t, err)
			for want, got := range map[string]error{c.words: f.WordsErr, c.pictures: f.PicturesErr} {
				if want != "" {
					assert.ErrorContains(t, got, want)
				}
			}
			if c.words == "" {
				assert.NoError(t, f.WordsErr)
			}
			if c.pictures == "" {
				assert.NoError(t, f.PicturesErr)
			}
			if c.fault == "" {
				assert.Empty(t, f.Faults)
			} else if assert.NotEmpty(t, f.Faults) {
				assert.Contains(t, f.Faults[0], c.fault)
			}
		})
	}
}

// TestLinks: files behind links are files; a link that leads nowhere is named; links in a ring end.
func TestLinks(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	write := func(path, text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	write(filepath.Join(other, "vocab.txt"), "x")
	write(filepath.Join(other, "tokenizer_config.json"), bert)
	if err := os.Symlink(other, filepath.Join(dir, "tok")); err != nil {
		t.Skip(err)
	}
	require.NoError(t, os.Symlink(dir, filepath.Join(other, "round")))
	f, err := Read(os.DirFS(dir), "image.onnx", "text.onnx")
	require.NoError(t, err)
	require.NoError(t, f.WordsErr)
	assert.Equal(t, "tok/vocab.txt", f.Words.From)
	require.NoError(t, os.Remove(filepath.Join(dir, "tok")))
	require.NoError(t, os.Symlink("gone", filepath.Join(dir, "tokenizer.json")))
	f, err = Read(os.DirFS(dir), "image.onnx", "text.onnx")
	require.NoError(t, err)
	assert.ErrorContains(t, f.WordsErr, "tokenizer.json is a link that leads nowhere")
}

// TestClaims: each tower's own configuration says what its graph should be.
func TestClaims(t *testing.T) {
	f, err := Read(folder(map[string]string{
		"vision_model/config.json": `{"model_type": "clip_vision_model", "hidden_act": "gelu", "image_size": 336, "projection_dim": 512}`,
		"text_model/config.json":   `{"model_type": "clip_text_model", "hidden_act": "quick_gelu", "vocab_size": 49408}`,
	}), "vision_model/model.onnx", "text_model/model.onnx")
	require.NoError(t, err)
	require.NoError(t, f.WordsErr)
	assert.Empty(t, f.Faults)
	assert.Equal(t, []Claim{
		{"image", WhatActivation, 0, "gelu", "vision_model/config.json"}, {"image", WhatSize, 336, "", "vision_model/config.json"},
		{"image", WhatDim, 512, "", "vision_model/config.json"}, {"text", WhatActivation, 0, "quickgelu", "text_model/config.json"},
	}, f.Claims)
}

// TestPlainCLIP: a tokenizer of CLIP's kind with a step of its own is the library's.
func TestPlainCLIP(t *testing.T) {
	const model = `"model": {"type": "BPE", "end_of_word_suffix": "</w>", "vocab": {"a": 0, "<|startoftext|>": 1, "<|endoftext|>": 2}, "merges": []}`
	for text, want := range map[string]bool{
		"{" + model + "}": true,
		clipParts[:len(clipParts)-2] + ", " + model + "}":                                              true,
		`{"normalizer": null, ` + model + "}":                                                          false,
		`{"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}]}, ` + model + "}":        false,
		`{"post_processor": null, ` + model + "}":                                                      false,
		`{"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true}, ` + model + "}":            false,
		`{"added_tokens": [{"content": "<|image|>", "id": 9}], ` + model + "}":                         false,
		`{"added_tokens": [{"content": "<|endoftext|>", "id": 2}], ` + model + "}":                     true,
		`{"model": {"type": "BPE", "end_of_word_suffix": "</w>", "vocab": {}, "byte_fallback": true}}`: false,
	} {
		assert.Equal(t, want, plainCLIP([]byte(text)), text)
	}
	for text, want := range map[string]string{
		`{"tokenizer_class": "CLIPTokenizer"}`:                                                     "clip",
		`{"tokenizer_class": "CLIPTokenizer", "do_lower_case": false}`:                             "library",
		`{"tokenizer_class": "CLIPTokenizer", "add_prefix_space": true}`:                           "library",
		`{"tokenizer_class": "CLIPTokenizerFast", "padding_side": "left"}`:                         "library",
		`{"tokenizer_class": "CLIPTokenizer", "eos_token": "</s>"}`:                                "library",
		`{"tokenizer_class": "CLIPTokenizer", "bos_token": {"content": "<|startoftext|>"}}`:        "clip",
		`{"tokenizer_class": "CLIPTokenizer", "added_tokens_decoder": {"9": {"content": "<x>"}}}`:  "library",
		`{"tokenizer_class": "CLIPTokenizer", "additional_special_tokens": ["<image>"]}`:           "library",
		`{"tokenizer_class": "CLIPTokenizer", "extra_special_tokens": {"image_token": "<image>"}}`: "library",
		`{"tokenizer_class": "CLIPTokenizer", "extra_special_tokens": [], "pad_token": "!"}`:       "clip",
		`{"tokenizer_class": "CLIPTokenizer", "pad_token": {"content": "[PAD]"}}`:                  "library",
		`{"tokenizer_class": "CLIPTokenizer", "add_bos_token": false}`:                             "library",
		`{"tokenizer_class": "CLIPTokenizer", "add_eos_token": true}`:                              "clip",
	} {
		files := map[string]string{"tokenizer.json": "{" + model + "}", "tokenizer_config.json": text}
		f, err := Read(folder(files), "image.onnx", "text.onnx")
		require.NoError(t, err)
		require.NoError(t, f.WordsErr, text)
		assert.Equal(t, want == "clip", f.Words.Vocab != nil, text)
		assert.Equal(t, want == "library", f.Words.Library != nil, text)
	}
}

// TestAgainst: what the files say is held against the graphs, as far as both are known.
func TestAgainst(t *testing.T) {
	f, err := Read(folder(map[string]string{
		"config.json":           `{"model_type": "clip", "projection_dim": 512, "vision_config": {"image_size": 336, "hidden_act": "relu"}, "text_config": {"max_position_embeddings": 248}}`,
		"open_clip_config.json": `{"model_cfg": {"embed_dim": 768, "quick_gelu": false, "vision_cfg": {"image_size": 224, "timm_model_name": "x"}, "text_cfg": {"context_length": 64}}}`,
	}), "image.onnx", "text.onnx")
	require.NoError(t, err)
	assert.Equal(t, []string{"open_clip_config.json says gelu of the image tower, config.json says relu", "open_clip_config.json says gelu of the text tower, config.json says quickgelu"}, f.Faults)
	assert.Empty(t, f.Against(Graphs{})[2:])
	got := f.Against(Graphs{Size: 336, Dim: 512, Context: 77, Activation: map[string]string{"image": "quickgelu"}})[2:]
	assert.ElementsMatch(t, []string{
		"open_clip_config.json makes pictures of 224 pixels, the image tower takes 336",
		"open_clip_config.json says gelu, but the image tower's graph has quickgelu",
		"open_clip_config.json says embeddings of 768 values, but the image tower has embeddings of 512 values",
		"open_clip_config.json says rows of 64 ids, but the text tower has rows of 77 ids",
		"config.json says rows of 248 ids, but the text tower has rows of 77 ids",
	}, got)
}
