package tokenize

import (
	"fmt"
	"strings"
)

// Cleaner returns how open_clip cleans a text for a Hugging Face tokenizer. The names are those of its tokenizer_kwargs: whitespace (open_clip's default),
// lower, and canonicalize (for SigLIP models).
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
