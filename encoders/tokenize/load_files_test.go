package tokenize

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLoadPath: a vocabulary is read from each of its files by path, and from a folder that contains one.
func TestLoadPath(t *testing.T) {
	id, merges := clipFiles(t)
	packed, err := os.ReadFile("bpe_simple_vocab_16e6.txt.gz")
	require.NoError(t, err)
	want := newTokenizer(t, ModeOpenAI).Encode("a café, naïve", 16)
	for name, files := range map[string]map[string]string{
		"bpe_simple_vocab_16e6.txt.gz": {"bpe_simple_vocab_16e6.txt.gz": string(packed)},
		"bpe_simple_vocab_16e6.txt":    {"bpe_simple_vocab_16e6.txt": bpeText(t)},
		"vocab.json":                   {"vocab.json": jsonText(id), "merges.txt": strings.Join(merges, "\n")},
		"tokenizer.json":               {"tokenizer.json": tokenizerJSONOf(id, merges)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range files {
				require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644))
			}
			for _, at := range []string{dir, filepath.Join(dir, name)} {
				v, err := LoadPath(at)
				require.NoError(t, err)
				tok, err := NewWithVocab(ModeOpenAI, v)
				require.NoError(t, err)
				assert.Equal(t, want, tok.Encode("a café, naïve", 16))
			}
		})
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "vocab.json"), []byte(jsonText(id)), 0o644))
	_, err = LoadPath(dir)
	assert.ErrorContains(t, err, "vocab.json without merges.txt")
	v, err := LoadFolder(os.DirFS(t.TempDir()))
	assert.NoError(t, err)
	assert.Nil(t, v)
}
