package tokenize

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// fixer repairs text as ftfy does. It does not change after newFixer.
type fixer struct {
	encoders []map[rune]byte // the bytes from 0x80 on of each of charmaps
}

// charmap is a one-byte encoding: what its bytes from 0x80 on stand for.
type charmap struct{ name, high string }

// sloppy encodings have byte 0x1a stand for U+FFFD; see ftfy's bad_codecs/sloppy.py.
func (c charmap) sloppy() bool { return strings.HasPrefix(c.name, "sloppy-") }

const lost = 0x1a

func newFixer() *fixer {
	f := &fixer{}
	for _, c := range charmaps {
		m := make(map[rune]byte, 129)
		b := byte(0x80)
		for _, r := range c.high {
			m[r] = b
			b++
		}
		if c.sloppy() {
			m[utf8.RuneError] = lost
		}
		f.encoders = append(f.encoders, m)
	}
	return f
}

// encode is text in the i-th of charmaps, if it has all of its characters.
func (f *fixer) encode(i int, text string) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r < utf8.RuneSelf {
			if r == lost && charmaps[i].sloppy() {
				return nil, false
			}
			out = append(out, byte(r))
			continue
		}
		b, ok := f.encoders[i][r]
		if !ok {
			return nil, false
		}
		out = append(out, b)
	}
	return out, true
}

// windows1252 is what a C1 control was probably meant to be; five, and all other characters, stay
// what they are.
func windows1252(r rune) rune {
	if r < 0x80 || r > 0x9f {
		return r
	}
	return []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")[r-0x80]
}

// fixEncoding undoes wrong decodings, one below the other, as long as the text looks bad.
func (f *fixer) fixEncoding(text string) string {
	return untilStable(text, func(text string) string {
		if isASCII(text) || !isBad(text) {
			return text
		}
		if fixed, ok := f.reread(text); ok {
			return fixed
		}
		if fixed := f.fixInconsistent(text); fixed != text {
			return fixed
		}
		return strings.Map(windows1252, text)
	})
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// reread takes the text for UTF-8 that was read in one of charmaps, the first that gives UTF-8.
func (f *fixer) reread(text string) (string, bool) {
	for i, c := range charmaps {
		raw, ok := f.encode(i, text)
		if !ok {
			continue
		}
		if c.name != "macroman" { // where it would match an en dash and a space
			raw = restoreA0(raw)
		}
		if c.sloppy() {
			raw = replaceLossy(raw)
		}
		if fixed, ok := decodeUTF8(raw); ok {
			return fixed, true
		}
	}
	return "", false
}

// fixInconsistent repairs parts of a text that look like UTF-8 read as something else.
func (f *fixer) fixInconsistent(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		n := 0
		if before, _ := utf8.DecodeLastRuneInString(text[:i]); clues(before)&clueNextStrict == 0 {
			n = garbled(text[i:])
		}
		if n == 0 {
			_, n = utf8.DecodeRuneInString(text[i:])
			b.WriteString(text[i : i+n])
		} else if part := text[i : i+n]; n < len(text) && isBad(part) {
			b.WriteString(f.fixEncoding(part))
		} else {
			b.WriteString(part)
		}
		i += n
	}
	return b.String()
}

// Bits of badRun.clues: ftfy's UTF8_CLUES in their order.
const (
	clueFirst2 = 1 << iota
	clueFirst3
	clueFirst4
	clueNext
	clueNextStrict
)

// garbled is how many bytes at the start of text look like UTF-8 sequences read as a
// one-byte encoding.
func garbled(text string) int {
	total := 0
	for {
		r, n := utf8.DecodeRuneInString(text[total:])
		follow := 0
		switch c := clues(r); {
		case n == 0:
			return total
		case c&clueFirst2 != 0:
			follow = 1
		case c&clueFirst3 != 0:
			follow = 2
		case c&clueFirst4 != 0:
			follow = 3
		default:
			return total
		}
		end := total + n
		for range follow {
			r, n := utf8.DecodeRuneInString(text[end:])
			if n == 0 || clues(r)&clueNext == 0 {
				return total
			}
			end += n
		}
		total = end
	}
}

// places is a set of up to 128 places in the alternatives of BADNESS_RE.
type places [2]uint64

// badRun is characters that fill the same places and are in the same of ftfy's UTF8_CLUES.
type badRun struct {
	first, last rune
	places      places
	clues       uint8
}

func badCharAt(r rune) (badRun, bool) {
	i, _ := slices.BinarySearchFunc(badChars, r, func(b badRun, r rune) int { return int(b.last) - int(r) })
	if i == len(badChars) || r < badChars[i].first {
		return badRun{}, false
	}
	return badChars[i], true
}

func clues(r rune) uint8 {
	b, _ := badCharAt(r)
	return b.clues
}

// placesOf is the places that r can fill.
func placesOf(r rune) places {
	b, _ := badCharAt(r)
	p := b.places
	if r != '\n' {
		p = p.or(badNotNewline)
	}
	switch k := kindOpenAI(r); {
	case k == letter && r < utf8.RuneSelf:
		return p.or(badWord)
	case isSpace(r) || 0x1c <= r && r <= 0x1f:
		p = p.or(badSpace)
	case r == '_', (k == letter || k == number) && !within(newerThanPython, r):
		p = p.or(badWord)
	}
	return p.or(badNotLetter)
}

func (p places) or(q places) places { return places{p[0] | q[0], p[1] | q[1]} }

// isBad tells whether text matches ftfy's BADNESS_RE: characters side by side that hardly
// anybody writes. All alternatives are followed at once, one bit per place, rune by rune
// (the shift-and method).
func isBad(text string) bool {
	var at places
	begin := badFirst.or(badAnchored)
	for _, r := range text {
		at = places{at[0] << 1, at[1]<<1 | at[0]>>63}.or(begin)
		p := placesOf(r)
		at[0] &= p[0]
		at[1] &= p[1]
		if at[0]&badLast[0]|at[1]&badLast[1] != 0 {
			return true
		}
		begin = badFirst
	}
	return false
}
