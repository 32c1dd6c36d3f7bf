package tokenize

import (
	"html"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// clean is basic_clean, whitespace_clean and lower of openai/CLIP, but for ftfy's repair of
// mojibake, which this does not attempt: of ftfy it does the NFC normalisation.
func clean(text string) string {
	text = norm.NFC.String(text)
	text = html.UnescapeString(html.UnescapeString(text))
	return strings.ToLower(strings.Join(strings.Fields(text), " "))
}

// split cuts a cleaned text into words, as SimpleTokenizer's pattern does:
// special tokens, English contractions, runs of letters, single digits, runs of anything else.
func split(text string) []string {
	var words []string
	for text != "" {
		n := next(text)
		if text[0] != ' ' {
			words = append(words, text[:n])
		}
		text = text[n:]
	}
	return words
}

// next is how many bytes the word at the start of text has.
func next(text string) int {
	for _, fixed := range []string{"<start_of_text>", "<end_of_text>", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
		if strings.HasPrefix(text, fixed) {
			return len(fixed)
		}
	}
	kind := kindOf(firstRune(text))
	for i, r := range text {
		if i == 0 {
			continue
		}
		if kind == digit || kindOf(r) != kind {
			return i
		}
	}
	return len(text)
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

type kind int

const (
	space kind = iota
	letter
	digit
	other
)

func kindOf(r rune) kind {
	switch {
	case unicode.IsSpace(r):
		return space
	case unicode.IsLetter(r):
		return letter
	case unicode.IsNumber(r):
		return digit
	}
	return other
}
