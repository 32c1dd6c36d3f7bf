package modeldir

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
