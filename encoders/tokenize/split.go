package tokenize

import (
	"strings"
	"unicode/utf8"
)

// contractions are CLIP's, in its order.
var contractions = []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}

// splitter cuts lowered texts into words.
type splitter struct {
	kind       func(r rune) kind
	ignoreCase bool      // where that still matters: U+017F is an s
	specials   [2]string // spellings of the special tokens, one start and one end
}

// words calls yield for each word of a lowered text until that returns false: spellings of
// special tokens, contractions, runs of letters, single numbers, runs of anything else but
// white space.
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

// fixed is the length of a special token's spelling or a contraction at the start of text.
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

// prefix is the length of prefix at the start of text, or 0.
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

// run is how many bytes at the start of text are of kind k; of numbers only one rune.
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
