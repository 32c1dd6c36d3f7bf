package modeldir

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOtherForms: a second tokenizer beside the used one is named where it is of another kind, or has other words.
func TestOtherForms(t *testing.T) {
	const words = `{"model": {"type": "WordPiece", "vocab": {"[PAD]": 0, "a": 1}}, "added_tokens": [{"content": "[NEW]", "id": 2}]}`
	for name, c := range map[string]struct {
		files map[string]string
		fault string // the only one
		err   string // of the tokenizer
	}{
		"alike":                {map[string]string{"tokenizer.json": words, "vocab.txt": "[PAD]\r\na\r\n[NEW]\n", "tokenizer_config.json": bert}, "", ""},
		"other ids":            {map[string]string{"tokenizer.json": words, "vocab.txt": "a\n[PAD]\n", "tokenizer_config.json": bert}, "tokenizer.json and vocab.txt do not agree: ", ""},
		"other words":          {map[string]string{"tokenizer.json": words, "vocab.txt": "[PAD]\nb\n", "tokenizer_config.json": bert}, `"b" is only in vocab.txt; `, ""},
		"another kind":         {map[string]string{"vocab.txt": "[PAD]", "spiece.model": "x", "tokenizer_config.json": bert}, "spiece.model belongs to another kind of tokenizer than BertTokenizer", ""},
		"another kind, sp":     {map[string]string{"vocab.txt": "[PAD]", "sentencepiece.bpe.model": "x", "tokenizer_config.json": xlmr}, "vocab.txt belongs to another kind of tokenizer than XLMRobertaTokenizer", ""},
		"no class":             {map[string]string{"tokenizer.json": unigram, "vocab.txt": "[PAD]", "spiece.model": "x"}, "vocab.txt and spiece.model are two tokenizers", ""},
		"pieces":               {map[string]string{"tokenizer.json": unigram, "spiece.model": "x", "tokenizer_config.json": `{"tokenizer_class": "T5Tokenizer"}`}, "", ""},
		"own code":             {map[string]string{"tokenizer.json": words, "tokenizer_config.json": `{"tokenizer_class": "BertTokenizer", "auto_map": {"AutoTokenizer": ["t.T", null]}}`}, "needs the model's own code (auto_map), which fastclip does not run: tokenizer.json was used", ""},
		"own code alone":       {map[string]string{"vocab.txt": "[PAD]", "tokenizer_config.json": `{"tokenizer_class": "MyTokenizer", "auto_map": {"AutoTokenizer": ["t.T", null]}}`}, "", "needs the model's own code"},
		"cut on the left":      {map[string]string{"tokenizer_config.json": `{"tokenizer_class": "CLIPTokenizer", "truncation_side": "left"}`}, "", "sets up CLIP's tokenizer in an unusual way"},
		"tokens of CLIP's own": {map[string]string{"tokenizer_config.json": `{"tokenizer_class": "CLIPTokenizer"}`, "added_tokens.json": `{"<x>": 49408}`}, "", "sets up CLIP's tokenizer in an unusual way"},
		"a fine tuning":        {map[string]string{"adapter_config.json": `{"peft_type": "LORA"}`}, "adapter_config.json gives peft_type of a model", ""},
	} {
		f, err := Read(folder(c.files), "image.onnx", "text.onnx")
		require.NoError(t, err, name)
		if c.err != "" {
			assert.ErrorContains(t, f.WordsErr, c.err, name)
		} else {
			assert.NoError(t, f.WordsErr, name)
		}
		if c.fault == "" {
			assert.Empty(t, f.Faults, name)
		} else if assert.Len(t, f.Faults, 1, name) {
			assert.Contains(t, f.Faults[0], c.fault, name)
		}
	}
}

// TestStrayTokenizers: a tokenizer under a name that nothing reads is refused by that name; files that
// only sound like one are none.
func TestStrayTokenizers(t *testing.T) {
	read := func(files ...string) error {
		fsys := fstest.MapFS{"image.onnx": {}, "text.onnx": {}}
		for _, name := range files {
			fsys[name] = &fstest.MapFile{Data: []byte("{}")}
		}
		f, err := Read(fsys, "image.onnx", "text.onnx")
		require.NoError(t, err)
		return f.WordsErr
	}
	for _, name := range []string{"merges.txt", "vocab.bpe", "encoder.json", "tiktoken.model", "cl100k_base.tiktoken", "tokenizer_spm.model", "VOCAB.TXT",
		"special_tokens_map.json", "added_tokens.json", "sub/source.spm", "bpe_other_vocab.txt"} {
		assert.ErrorContains(t, read(name), name[len(name)-8:], name)
	}
	for _, name := range []string{"card.json", "text_tokenizer.onnx", "vocabulary_of_birds.json", "README.md", "training.jsonl"} {
		assert.NoError(t, read(name), name)
	}
}
