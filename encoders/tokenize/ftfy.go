package tokenize

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// This file and mojibake.go compute what fix_text of ftfy 6.3.1 does in its default configuration (Robyn Speer, Apache-2.0), in fastclip's own code: bit sets
// instead of regular expressions, one table for replacements of single characters, and rounds until nothing changes. TestOracle compares them with ftfy.

// maxSegment is the number of runes that ftfy repairs at once. It splits longer lines.
const maxSegment = 1_000_000

// fixText repairs a text line by line. From the first line with a < on, entities are left alone, because the text may be HTML.
func (f *fixer) fixText(text string) string {
	var b strings.Builder
	entities := true
	for text != "" {
		n := segmentLength(text)
		if strings.Contains(text[:n], "<") {
			entities = false
		}
		b.WriteString(f.fixSegment(text[:n], entities))
		text = text[n:]
	}
	return b.String()
}

// segmentLength is the length in bytes of the first line, or of its first maxSegment runes.
func segmentLength(text string) int {
	n := strings.IndexByte(text, '\n') + 1
	if n == 0 {
		n = len(text)
	}
	if n <= maxSegment {
		return n
	}
	runes := 0
	for i := range text[:n] {
		if runes == maxSegment {
			return i
		}
		runes++
	}
	return n
}

// fixSegment repeats all repairs until nothing changes. A repair can make work for an earlier one: an entity can be part of wrongly decoded text.
func (f *fixer) fixSegment(text string, entities bool) string {
	repairs := []func(string) string{
		f.fixEncoding, fixRunes, fixLineBreaks, removeTerminalEscapes, removeControls,
		func(text string) string { return nfc(text, newerThanPython) },
	}
	if entities {
		repairs = append([]func(string) string{unescapeEntities}, repairs...)
	}
	return untilStable(text, func(text string) string {
		for _, repair := range repairs {
			text = repair(text)
		}
		return text
	})
}

// untilStable repeats a repair until it changes nothing.
func untilStable(text string, repair func(string) string) string {
	for {
		fixed := repair(text)
		if fixed == text {
			return text
		}
		text = fixed
	}
}

// fixRunes applies the fixers that look at one rune at a time: C1 controls, Latin ligatures, character width, curly quotes, and line breaks outside ASCII.
func fixRunes(text string) string {
	for i, r := range text {
		if r < utf8.RuneSelf {
			continue
		}
		if _, changed := fixRune(r); !changed {
			continue
		}
		var b strings.Builder
		b.Grow(len(text))
		b.WriteString(text[:i])
		for _, r := range text[i:] {
			if fixed, changed := fixRune(r); changed {
				b.WriteString(fixed)
			} else {
				b.WriteRune(r)
			}
		}
		return b.String()
	}
	return text
}

func fixRune(r rune) (fixed string, changed bool) {
	switch {
	case 0x80 <= r && r <= 0x9f:
		meant := windows1252(r)
		if meant == r {
			return "", false
		}
		if fixed, changed := fixRune(meant); changed {
			return fixed, true
		}
		return string(meant), true
	case r == 0x2bc, 0x2018 <= r && r <= 0x201b:
		return "'", true
	case 0x201c <= r && r <= 0x201f:
		return `"`, true
	case r == 0x2028, r == 0x2029:
		return "\n", true
	case r == 0x3000:
		return " ", true
	case 0xff01 <= r && r < 0xfff0:
		wide := norm.NFKC.String(string(r))
		return wide, wide != string(r)
	}
	return ligature(r)
}

// ligature splits the ligatures that ftfy splits. The apostrophe of ŉ becomes a straight one.
func ligature(r rune) (string, bool) {
	const runes = "ĲĳŉǱǲǳǄǅǆǇǈǉǊǋǌﬀﬁﬂﬃﬄﬅﬆ"
	at := strings.IndexRune(runes, r)
	if r < utf8.RuneSelf || at < 0 {
		return "", false
	}
	parts := strings.Fields("IJ ij 'n DZ Dz dz DŽ Dž dž LJ Lj lj NJ Nj nj ff fi fl ffi ffl ſt st")
	return parts[utf8.RuneCountInString(runes[:at])], true
}

func fixLineBreaks(text string) string {
	if !strings.Contains(text, "\r") {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// removeTerminalEscapes removes ESC [, digits and semicolons, and the letter after them.
func removeTerminalEscapes(text string) string {
	const escape = "\x1b["
	if !strings.Contains(text, escape) {
		return text
	}
	var b strings.Builder
	for {
		plain, rest, ok := strings.Cut(text, escape)
		b.WriteString(plain)
		if !ok {
			return b.String()
		}
		end := strings.TrimLeftFunc(rest, func(r rune) bool {
			return r == ';' || unicode.Is(unicode.Nd, r) && !within(newerThanPython, r)
		})
		if end != "" && asciiKind(end[0]) == letter {
			text = end[1:]
			continue
		}
		b.WriteString(escape)
		text = rest
	}
}

// removeControls removes invisible characters that are not white space.
func removeControls(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' && !strings.ContainsRune("\t\n\f\r", r), r == 0x7f, r == 0xfeff,
			0x206a <= r && r <= 0x206f, 0xfff9 <= r && r <= 0xfffc:
			return -1
		}
		return r
	}, text)
}
