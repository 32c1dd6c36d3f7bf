package tokenize

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// span is a range of runes, including both ends.
type span struct{ first, last rune }

// lowerRun is a series of runes (first, first+step, ... last) whose lower case is delta away.
type lowerRun struct{ first, last, step, delta rune }

// kind is the class of a rune in CLIP's pattern.
type kind uint8

const (
	skip   kind = iota // white space, which belongs to no word
	letter             // words of any length
	number             // words of one rune
	other              // words of any length
)

// within reports whether sorted, disjoint spans contain r.
func within(spans []span, r rune) bool {
	i, _ := slices.BinarySearchFunc(spans, r, func(s span, r rune) int { return int(s.last) - int(r) })
	return i < len(spans) && spans[i].first <= r
}

// asciiKind is kindOpenAI for r < 0x80.
func asciiKind(r byte) kind {
	switch {
	case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z':
		return letter
	case '0' <= r && r <= '9':
		return number
	case r == ' ' || '\t' <= r && r <= '\r':
		return skip
	}
	return other
}

// isSpace is \s in the regex module and in Oniguruma.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) // Unicode's White_Space, which has not changed since Unicode 4
}

// kindOpenAI is a rune's kind in the regex module. U+0345 is in none of \s, \p{L} and \p{N}. Yet with IGNORECASE, [^\s\p{L}\p{N}] does not match it, because
// it folds to a letter.
func kindOpenAI(r rune) kind {
	switch {
	case r < utf8.RuneSelf:
		return asciiKind(byte(r))
	case r == 0x345 || isSpace(r):
		return skip
	case within(letters, r):
		return letter
	case within(numbers, r):
		return number
	}
	return other
}

// kindHF is a rune's kind in the Oniguruma of tokenizers.
func kindHF(r rune) kind {
	if r == 0x345 || r >= utf8.RuneSelf && within(newerThanOnig, r) {
		return other
	}
	return kindOpenAI(r)
}

// lowerRune is r's simple lower case.
func lowerRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	i, _ := slices.BinarySearchFunc(lowerRuns, r, func(l lowerRun, r rune) int { return int(l.last) - int(r) })
	if i == len(lowerRuns) || r < lowerRuns[i].first || (r-lowerRuns[i].first)%lowerRuns[i].step != 0 {
		return r
	}
	return r + lowerRuns[i].delta
}

// lowerHF lowers rune by rune, like the Lowercase normaliser of tokenizers.
func lowerHF(s string) string {
	return lower(s, func(_ int, r rune) rune { return lowerRune(r) })
}

// lowerPython is str.lower of Python 3.11 (Unicode 14). A capital sigma at the end of a word becomes a final sigma.
func lowerPython(s string) string {
	return lower(s, func(at int, r rune) rune {
		switch {
		case r == 'Σ' && endsWord(s, at):
			return 'ς'
		case r >= utf8.RuneSelf && within(newerThanPython, r):
			return r
		}
		return lowerRune(r)
	})
}

// lower maps each rune of s. U+0130 becomes two runes.
func lower(s string, to func(at int, r rune) rune) string {
	for at, r := range s {
		if r != 'İ' && to(at, r) == r {
			continue
		}
		var b strings.Builder
		b.Grow(len(s) + 2)
		b.WriteString(s[:at])
		for i, r := range s[at:] {
			if r == 'İ' {
				b.WriteString("i\u0307")
				continue
			}
			b.WriteRune(to(at+i, r))
		}
		return b.String()
	}
	return s
}

// endsWord reports whether a capital sigma at s[at:] ends a word: Unicode's Final_Sigma condition, as CPython implements it.
func endsWord(s string, at int) bool {
	before, after := s[:at], s[at+len("Σ"):]
	for {
		r, n := utf8.DecodeLastRuneInString(before)
		if n == 0 {
			return false
		}
		before = before[:len(before)-n]
		if !caseIgnorable(r) {
			if !cased(r) {
				return false
			}
			break
		}
	}
	for _, r := range after {
		if !caseIgnorable(r) {
			return !cased(r)
		}
	}
	return true
}

// caseIgnorable and cased are derived core properties of Unicode 14. They exclude newer runes, which Go may know but Python does not.
func caseIgnorable(r rune) bool {
	if strings.ContainsRune("'.:·\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a", r) {
		return true
	}
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) && !within(newerThanPython, r)
}

func cased(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Uppercase, unicode.Other_Lowercase) &&
		!within(newerThanPython, r)
}
