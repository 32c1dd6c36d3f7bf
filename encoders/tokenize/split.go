package tokenize

import (
	"strings"
	"unicode/utf8"
)

// contractions are CLIP's, in the order of its pattern.
var contractions = []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}

// splitter cuts lower-case texts into words.
type splitter struct {
	kind       func(r rune) kind
	ignoreCase bool      // matters for U+017F only, which matches s
	specials   [2]string // spellings of the start token and the end token
}

// words calls yield for each word of a lower-case text until yield returns false. Words are spellings of special tokens, contractions, runs of letters,
// single numbers, and runs of anything else except white space.
func (s *splitter) words(text string, yield func(word string) bool) {
	for text != "" {
		n := s.fixed(text)
		if n == 0 {
			k := s.kindAt(text)
			n = s.run(text, k)
			if k == skip {
				text = text[n:]
				continue
			}
		}
		if !yield(text[:n]) {
			return
		}
		text = text[n:]
	}
}

// fixed is the length of the special token or contraction at the start of text, or 0.
func (s *splitter) fixed(text string) int {
	switch text[0] {
	case '<':
		for _, special := range s.specials {
			if n := s.prefix(text, special); n > 0 {
				return n
			}
		}
	case '\'':
		for _, c := range contractions {
			if n := s.prefix(text, c); n > 0 {
				return n
			}
		}
	}
	return 0
}

// prefix is the length of prefix at the start of text, or 0 if text does not start with it.
func (s *splitter) prefix(text, prefix string) int {
	if strings.HasPrefix(text, prefix) {
		return len(prefix)
	}
	if !s.ignoreCase {
		return 0
	}
	n := 0
	for i := range len(prefix) {
		switch {
		case n < len(text) && text[n] == prefix[i]:
			n++
		case prefix[i] == 's' && strings.HasPrefix(text[n:], "ſ"):
			n += len("ſ")
		default:
			return 0
		}
	}
	return n
}

func (s *splitter) kindAt(text string) kind {
	if text[0] < utf8.RuneSelf {
		return asciiKind(text[0])
	}
	r, _ := utf8.DecodeRuneInString(text)
	return s.kind(r)
}

// run is the length in bytes of the runes of kind k at the start of text. A number counts as one rune.
func (s *splitter) run(text string, k kind) int {
	for i, r := range text {
		switch {
		case i == 0:
			continue
		case k == number:
			return i
		case r < utf8.RuneSelf:
			if asciiKind(byte(r)) != k {
				return i
			}
		case s.kind(r) != k:
			return i
		}
	}
	return len(text)
}
