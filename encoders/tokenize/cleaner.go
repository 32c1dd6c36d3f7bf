package tokenize

import (
	"fmt"
	"strings"
)

// Cleaner is what open_clip does to a text before it passes the text to a Hugging Face tokenizer. Its names are
// those of tokenizer_kwargs: whitespace (the default there), lower, and canonicalize (used by SigLIP models).
func Cleaner(name string) (func(string) string, error) {
	t := &Tokenizer{fixer: newFixer()}
	basic := func(text string) string { return strings.Join(strings.FieldsFunc(t.clean(text), isSpace), " ") }
	switch name {
	case "whitespace":
		return basic, nil
	case "lower":
		return func(text string) string { return lowerPython(basic(text)) }, nil
	case "canonicalize":
		return func(text string) string {
			text = t.clean(text)
			text = strings.Map(func(c rune) rune {
				switch {
				case c == '_':
					return ' '
				case c < 0x80 && strings.ContainsRune(punctuation, c):
					return -1
				}
				return c
			}, text)
			return strings.Join(strings.FieldsFunc(lowerPython(text), isSpace), " ")
		}, nil
	}
	return nil, fmt.Errorf("%q is not known: want whitespace, lower or canonicalize", name)
}

// punctuation is Python's string.punctuation.
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
