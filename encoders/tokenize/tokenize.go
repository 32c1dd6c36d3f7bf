// Package tokenize makes CLIP's token ids of texts: byte-pair encoding as openai/CLIP's
// SimpleTokenizer does it.
package tokenize

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
)

// Mode is a way of cleaning and padding.
type Mode string

// ModeOpenAI is openai/CLIP's own: zero padded.
const ModeOpenAI Mode = "openai"

// Tokenizer turns texts into ids. It is safe for concurrent use.
type Tokenizer struct {
	mode  Mode
	vocab *vocab
	words sync.Map // ids of words met before; captions repeat theirs
}

// New makes a tokenizer with the embedded vocabulary.
func New(mode Mode) (*Tokenizer, error) {
	if mode != ModeOpenAI {
		return nil, fmt.Errorf("tokenizer mode %q: want %s", mode, ModeOpenAI)
	}
	v, err := loadVocab(vocabulary)
	if err != nil {
		return nil, err
	}
	return &Tokenizer{mode: mode, vocab: v}, nil
}

// Key names everything that the ids depend on besides the text.
func (t *Tokenizer) Key() string {
	h := sha256.Sum256(vocabulary)
	return "clip-bpe 1/" + string(t.mode) + "/" + hex.EncodeToString(h[:])
}

// Encode returns exactly context ids: SOT, the text's, EOT, and zeros. A text that is too
// long is cut so that EOT stays.
func (t *Tokenizer) Encode(text string, context int) []int64 {
	out := make([]int64, context)
	n := 0
	put := func(id int64) {
		if n < context {
			out[n] = id
		}
		n++
	}
	put(SOT)
	for _, w := range split(clean(text)) {
		for _, id := range t.word(w) {
			put(id)
		}
		if n >= context {
			break
		}
	}
	put(EOT)
	if n > context && context > 0 {
		out[context-1] = EOT
	}
	return out
}

// word is the ids of one word.
func (t *Tokenizer) word(w string) []int64 {
	if ids, ok := t.words.Load(w); ok {
		return ids.([]int64)
	}
	ids := t.vocab.encode(w)
	if len(w) <= 32 { // a long one is no word that comes again
		t.words.Store(w, ids)
	}
	return ids
}

// encode merges a word's bytes, always the pair of lowest rank first.
func (v *vocab) encode(w string) []int64 {
	switch w { // special tokens spelled out in a text, as SimpleTokenizer has them
	case "<start_of_text>":
		return []int64{SOT}
	case "<end_of_text>":
		return []int64{EOT}
	}
	parts := make([]string, len(w))
	for i := range len(w) {
		parts[i] = v.bytes[w[i]]
	}
	parts[len(parts)-1] += "</w>"
	for len(parts) > 1 {
		best, at := len(v.ranks), -1
		for i := range len(parts) - 1 {
			if r, ok := v.ranks[pair{parts[i], parts[i+1]}]; ok && r < best {
				best, at = r, i
			}
		}
		if at < 0 {
			break
		}
		parts = merge(parts, parts[at], parts[at+1])
	}
	ids := make([]int64, len(parts))
	for i, p := range parts {
		ids[i] = v.ids[p]
	}
	return ids
}

// merge joins every left-right neighbourhood, from the left.
func merge(parts []string, left, right string) []string {
	out := parts[:0]
	for i := 0; i < len(parts); i++ {
		if i+1 < len(parts) && parts[i] == left && parts[i+1] == right {
			out = append(out, left+right)
			i++
			continue
		}
		out = append(out, parts[i])
	}
	return out
}
