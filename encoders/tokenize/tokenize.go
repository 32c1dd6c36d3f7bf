// Package tokenize turns texts into CLIP's token ids. Each mode gives the same ids as the Python code that it is named after: openai/CLIP's SimpleTokenizer,
// open_clip's, and Hugging Face's CLIPTokenizer.
//
// References: clip/simple_tokenizer.py of openai/CLIP (as in clip-anytorch 2.6.0), open_clip 3.3.0, transformers 5.23.0 with tokenizers 0.23.3, ftfy 6.3.1,
// regex 2026.11.15, all on Python 3.11. testdata/oracles/clip_tokenize.py runs them. The three differ in how they clean a text, in the special tokens that
// they recognise in texts, and in padding.
package tokenize

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Mode says how texts are cleaned and padded.
type Mode string

const (
	// ModeOpenAI is openai/CLIP's: ftfy, HTML unescaped twice, lower case, padding with zeros.
	ModeOpenAI Mode = "openai"
	// ModeOpenCLIP is ModeOpenAI with open_clip's special tokens: <start_of_text> and <end_of_text>.
	ModeOpenCLIP Mode = "open_clip"
	// ModeHF is Hugging Face's: NFC, lower case, padding with the end token.
	ModeHF Mode = "hf"
)

// Modes lists the modes.
func Modes() []Mode { return []Mode{ModeOpenAI, ModeHF, ModeOpenCLIP} }

const startToken, endToken = "<|startoftext|>", "<|endoftext|>"

// Tokenizer turns texts into ids. It is safe for concurrent use.
type Tokenizer struct {
	mode  Mode
	vocab *Vocab
	fixer *fixer
	split splitter
	words wordCache
}

// New makes a tokenizer with CLIP's own vocabulary, which is embedded in this package.
func New(mode Mode) (*Tokenizer, error) {
	v, err := embedded()
	if err != nil {
		return nil, err
	}
	return NewWithVocab(mode, v)
}

// NewWithVocab makes a tokenizer with a loaded vocabulary. Only ModeHF accepts a vocabulary that lacks some bytes. Like the original, it replaces them with
// the end token.
func NewWithVocab(mode Mode, v *Vocab) (*Tokenizer, error) {
	t := &Tokenizer{mode: mode, vocab: v, fixer: newFixer()}
	t.split = splitter{kind: kindOpenAI, ignoreCase: true, specials: [2]string{startToken, endToken}}
	switch mode {
	case ModeOpenAI:
	case ModeOpenCLIP:
		t.split.specials = [2]string{"<start_of_text>", "<end_of_text>"}
	case ModeHF:
		t.split.kind, t.split.ignoreCase = kindHF, false
	default:
		return nil, fmt.Errorf("tokenizer mode %q: want one of %q", mode, Modes())
	}
	if v.missing > 0 && mode != ModeHF {
		return nil, fmt.Errorf("vocabulary lacks %d of the 512 single bytes: only mode %s works with that", v.missing, ModeHF)
	}
	return t, nil
}

// Key identifies everything that affects the ids, apart from the text and the context length.
func (t *Tokenizer) Key() string {
	return "clip-bpe 2/" + string(t.mode) + "/" + t.vocab.key
}

// Encode returns exactly context ids: the start token, the ids of the text, the end token, and padding. A text that is too long is cut before the end token.
// A context of 1 holds only the end token. A context below 1 gives no ids. Each byte that is not UTF-8 counts as U+FFFD.
func (t *Tokenizer) Encode(text string, context int) []int64 {
	if context < 1 {
		return nil
	}
	out := make([]int64, context)
	t.encode(out, text)
	return out
}

// EncodeAll encodes texts into len(texts) rows of context ids each, one after the other.
func (t *Tokenizer) EncodeAll(texts []string, context int) []int64 {
	if context < 1 {
		return nil
	}
	out := make([]int64, len(texts)*context)
	for i, text := range texts {
		t.encode(out[i*context:(i+1)*context], text)
	}
	return out
}

// EOTIndex is the position at which CLIP pools a row of ids: its first end token, or -1 if there is none.
func (t *Tokenizer) EOTIndex(ids []int64) int {
	for i, id := range ids {
		if id == t.vocab.eot {
			return i
		}
	}
	return -1
}

// encode fills a row that holds zeros.
func (t *Tokenizer) encode(row []int64, text string) {
	row[0] = t.vocab.sot
	ids := row[1:1:len(row)]
	if !utf8.ValidString(text) {
		text = string([]rune(text))
	}
	if t.mode == ModeHF {
		ids = t.appendHF(ids, text)
	} else {
		ids = t.appendClean(ids, lowerPython(t.clean(text)))
	}
	n := min(len(ids)+1, len(row)-1)
	row[n] = t.vocab.eot
	if t.mode == ModeHF {
		for i := n; i < len(row); i++ {
			row[i] = t.vocab.eot
		}
	}
}

// clean is basic_clean of openai/CLIP, except that it does not collapse white space, which has no effect on words.
func (t *Tokenizer) clean(text string) string {
	if isPlain(text) {
		return text
	}
	return unescapeHTML(unescapeHTML(t.fixer.fixText(text)))
}

// isPlain reports whether text is ASCII that clean would not change.
func isPlain(text string) bool {
	for i := range len(text) {
		b := text[i]
		if b == '&' || b >= 0x7f || b < ' ' && b != '\t' && b != '\n' && b != '\f' && b != '\r' {
			return false
		}
	}
	return true
}

// appendHF appends the ids of a text. Special tokens in the text keep their own ids.
func (t *Tokenizer) appendHF(ids []int64, text string) []int64 {
	for len(ids) < cap(ids) {
		before, id, after := t.cutSpecial(text)
		ids = t.appendClean(ids, lowerHF(nfc(before, inertInHF)))
		if after == text {
			break
		}
		if text = after; len(ids) < cap(ids) {
			ids = append(ids, id)
		}
	}
	return ids
}

// cutSpecial cuts text at its first special token. If there is none, after is the whole text.
func (t *Tokenizer) cutSpecial(text string) (before string, id int64, after string) {
	at := strings.IndexByte(text, '<')
	for at >= 0 {
		for i, special := range t.split.specials {
			if strings.HasPrefix(text[at:], special) {
				return text[:at], []int64{t.vocab.sot, t.vocab.eot}[i], text[at+len(special):]
			}
		}
		next := strings.IndexByte(text[at+1:], '<')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return text, 0, text
}

// appendClean appends the ids of the words of a lower-case text, until ids is full.
func (t *Tokenizer) appendClean(ids []int64, text string) []int64 {
	t.split.words(text, func(word string) bool {
		ids = t.appendWord(ids, word)
		return len(ids) < cap(ids)
	})
	return ids
}

// appendWord appends the ids of a word, as many as fit.
func (t *Tokenizer) appendWord(ids []int64, word string) []int64 {
	room := cap(ids) - len(ids)
	if word[0] == '<' {
		switch {
		case t.mode == ModeHF && (word == startToken || word == endToken): // in capitals before lowering, so not the special token
			for _, part := range []string{"<|", word[2 : len(word)-2], "|>"} {
				ids = t.appendWord(ids, part)
			}
			return ids
		case word == t.split.specials[0]:
			return append(ids, t.vocab.sot)[:len(ids)+min(room, 1)]
		case word == t.split.specials[1]:
			return append(ids, t.vocab.eot)[:len(ids)+min(room, 1)]
		}
	}
	found := t.words.get(word)
	if found == nil {
		found = t.vocab.appendWord(nil, word)
		t.words.put(word, found)
	}
	return append(ids, found[:min(room, len(found))]...)
}
