package variants

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/tokenize"
)

// A vocabulary that the mode cannot do with gives no tokenizer: a variant whose Tok is not nil is asked for its key.
func TestTokenizerOfAPoorVocabulary(t *testing.T) {
	vocab, err := tokenize.LoadVocabMerges(strings.NewReader(`{"a": 0, "b": 1, "ab": 2, "<|startoftext|>": 3, "<|endoftext|>": 4}`), strings.NewReader("#version: 0.2\na b\n"))
	require.NoError(t, err)
	tok, err := NewOpener(encoders.Env{}).tokenizer(string(tokenize.ModeOpenAI), encoders.Inputs{Vocab: vocab})
	assert.ErrorContains(t, err, "single bytes")
	assert.Nil(t, tok)
}
