package tokenize

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// fixer repairs text as ftfy does. It is not changed after newFixer.
type fixer struct {
	encoders []map[rune]byte // for each of charmaps, its bytes from 0x80 on
}

// charmap is a one-byte encoding: the characters of its bytes from 0x80 on.
type charmap struct{ name, high string }

// sloppy encodings map byte 0x1a to U+FFFD, as in ftfy's bad_codecs/sloppy.py.
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

// encode encodes text in the i-th of charmaps, if that has all of its characters.
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

// windows1252 returns the character that a C1 control was probably meant to be. Five C1 controls and all other characters are returned unchanged.
func windows1252(r rune) rune {
	if r < 0x80 || r > 0x9f {
		return r
	}
	return []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")[r-0x80]
}

// fixEncoding undoes wrong decodings, one after the other, as long as the text looks bad.
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

// reread assumes that the text is UTF-8 that was decoded with one of charmaps. It returns the first result that is valid UTF-8.
func (f *fixer) reread(text string) (string, bool) {
	for i, c := range charmaps {
		raw, ok := f.encode(i, text)
		if !ok {
			continue
		}
		if c.name != "macroman" { // in macroman this would match an en dash and a space
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

// fixInconsistent repairs the parts of a text that look like UTF-8 decoded in another encoding.
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

// Bits of badRun.clues: ftfy's UTF8_CLUES, in its order.
const (
	clueFirst2 = 1 << iota
	clueFirst3
	clueFirst4
	clueNext
	clueNextStrict
)

// garbled is the number of bytes at the start of text that look like UTF-8 decoded in a one-byte encoding.
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

// places is a set of up to 128 positions in the alternatives of BADNESS_RE.
type places [2]uint64

// badRun is a range of characters that fit the same positions and are in the same sets of ftfy's UTF8_CLUES.
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

// placesOf returns the positions where r fits.
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

// isBad reports whether text matches ftfy's BADNESS_RE: neighbouring characters that hardly anybody writes. It follows all alternatives at once, rune by
// rune, with one bit per position (the shift-and method).
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
