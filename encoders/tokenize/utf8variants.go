package tokenize

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// pattern is a sequence of bytes. Each may be in any of its ranges, which are pairs of first and last byte.
type pattern []string

// alteredUTF8 is ftfy's ALTERED_UTF8_RE: UTF-8 in which a byte A0 became a space.
var alteredUTF8 = []pattern{
	{"\xc2\xc3\xc5\xc5\xce\xce\xd0\xd0\xd9\xd9", "  "},
	{"\xe2\xe3", "  ", "\x80\x84\x86\x9f\xa1\xbf"},
	{"\xe0\xe3", "\x80\x84\x86\x9f\xa1\xbf", "  "},
	{"\xf0\xf0", "  ", "\x80\xbf", "\x80\xbf"},
	{"\xf0\xf0", "\x80\xbf", "  ", "\x80\xbf"},
	{"\xf0\xf0", "\x80\xbf", "\x80\xbf", "  "},
}

// lossyUTF8 is ftfy's LOSSY_UTF8_RE: UTF-8 and CESU-8 with lost bytes.
var lossyUTF8 = []pattern{
	{"\xc2\xdf", "\x1a\x1a"},
	{"\xc2\xc3", "??"},
	{"\xed\xed", "\xa0\xaf", "\x1a\x1a??", "\xed\xed", "\xb0\xbf", "\x1a\x1a??\x80\xbf"},
	{"\xed\xed", "\xa0\xaf", "\x1a\x1a??\x80\xbf", "\xed\xed", "\xb0\xbf", "\x1a\x1a??"},
	{"\xe0\xef", "\x1a\x1a??", "\x1a\x1a\x80\xbf"},
	{"\xe0\xef", "\x1a\x1a\x80\xbf", "\x1a\x1a??"},
	{"\xf0\xf4", "\x1a\x1a??", "\x1a\x1a\x80\xbf", "\x1a\x1a\x80\xbf"},
	{"\xf0\xf4", "\x1a\x1a\x80\xbf", "\x1a\x1a??", "\x1a\x1a\x80\xbf"},
	{"\xf0\xf4", "\x1a\x1a\x80\xbf", "\x1a\x1a\x80\xbf", "\x1a\x1a??"},
	{"\x1a\x1a"},
}

func (p pattern) match(b []byte) bool {
	if len(b) < len(p) {
		return false
	}
	for i, ranges := range p {
		in := false
		for ; ranges != ""; ranges = ranges[2:] {
			in = in || ranges[0] <= b[i] && b[i] <= ranges[1]
		}
		if !in {
			return false
		}
	}
	return true
}

// replaceAll replaces each match of the first pattern that fits by with(match).
func replaceAll(b []byte, patterns []pattern, with func(match []byte) []byte) []byte {
	out := make([]byte, 0, len(b))
next:
	for len(b) > 0 {
		if b[0] >= utf8.RuneSelf || b[0] == lost { // all patterns start with such a byte
			for _, p := range patterns {
				if p.match(b) {
					out = append(out, with(b[:len(p)])...)
					b = b[len(p):]
					continue next
				}
			}
		}
		out = append(out, b[0])
		b = b[1:]
	}
	return out
}

// restoreA0 is ftfy's restore_byte_a0. "Ã " becomes à and a space, except in some Portuguese words that start with à.
func restoreA0(b []byte) []byte {
	if !bytes.Contains(b, []byte(" ")) {
		return b
	}
	var out []byte
	for {
		i := bytes.Index(b, []byte("\xc3 "))
		if i < 0 {
			break
		}
		out = append(out, b[:i+1]...)
		b = b[i+1:]
		if !joinsA(string(b[1:min(len(b), 7)])) {
			out = append(out, 0xa0)
		}
	}
	return replaceAll(append(out, b...), alteredUTF8, func(match []byte) []byte {
		return bytes.ReplaceAll(match, []byte(" "), []byte("\xa0"))
	})
}

// joinsA reports whether the text after "Ã " belongs to a word that starts with à.
func joinsA(s string) bool {
	for _, word := range []string{" ", "quele", "quela", "quilo", "s "} {
		if strings.HasPrefix(s, word) {
			return true
		}
	}
	return false
}

// replaceLossy is ftfy's replace_lossy_sequences.
func replaceLossy(b []byte) []byte {
	return replaceAll(b, lossyUTF8, func([]byte) []byte { return []byte("\ufffd") })
}

// decodeUTF8 decodes UTF-8, CESU-8 (a surrogate pair as three bytes each) and Java's C0 80 for U+0000, also mixed, as ftfy's codec "utf-8-variants" does.
func decodeUTF8(b []byte) (string, bool) {
	var out strings.Builder
	for len(b) > 0 {
		i := 0
		for i < len(b) && b[i] != 0xc0 && (b[i] != 0xed || i+1 < len(b) && b[i+1] < 0xa0) {
			i++
		}
		if !utf8.Valid(b[:i]) {
			return "", false
		}
		out.Write(b[:i])
		b = b[i:]
		switch {
		case len(b) == 0:
		case len(b) >= 2 && b[0] == 0xc0 && (b[1] == 0x80 || string(b[1:]) == "\n"):
			// in a regular expression, $ also matches before a final newline, so ftfy accepts it
			out.WriteByte(0)
			b = b[2:]
		case surrogates.match(b), len(b) == 6 && b[5] == '\n' && surrogates[:5].match(b):
			high, low := rune(b[1]&0x0f)<<6|rune(b[2]&0x3f), rune(b[4]&0x0f)<<6|rune(b[5]&0x3f)
			out.WriteRune(high<<10 + low + 0x10000)
			b = b[6:]
		default:
			return "", false
		}
	}
	return out.String(), true
}

// surrogates matches a surrogate pair in CESU-8.
var surrogates = pattern{"\xed\xed", "\xa0\xaf", "\x80\xbf", "\xed\xed", "\xb0\xbf", "\x80\xbf"}
