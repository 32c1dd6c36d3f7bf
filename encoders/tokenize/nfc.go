package tokenize

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// nfc is Unicode's normal form C in a library that does not know the inert runes. norm.NFC.String does not fit: it breaks up runs of more than 30 combining
// marks with U+034F, which neither Python nor tokenizers do, and its Unicode version changes with Go's.
func nfc(s string, inert []span) string {
	for i := 0; ; i++ {
		if i == len(s) {
			return s
		}
		if s[i] >= 0xCC { // the first byte of U+0300; text below U+0300 is always in form C
			break
		}
	}
	if norm.NFC.IsNormalString(s) {
		return s
	}
	marks := decompose(s, inert)
	order(marks)
	return compose(marks, inert)
}

// mark is a rune with its canonical combining class.
type mark struct {
	r     rune
	class uint8
}

// Hangul syllables are composed by arithmetic (The Unicode Standard, section 3.12).
const (
	syllableBase, leadBase, vowelBase, tailBase = 0xAC00, 0x1100, 0x1161, 0x11A7
	leads, vowels, tails                        = 19, 21, 28
)

// decompose is the full canonical decomposition.
func decompose(s string, inert []span) []mark {
	out := make([]mark, 0, len(s))
	for i, r := range s {
		if r < 0xC0 || within(inert, r) {
			out = append(out, mark{r: r})
			continue
		}
		if k := r - syllableBase; k >= 0 && k < leads*vowels*tails {
			out = append(out, mark{r: leadBase + k/(vowels*tails)}, mark{r: vowelBase + k/tails%vowels})
			if k%tails != 0 {
				out = append(out, mark{r: tailBase + k%tails})
			}
			continue
		}
		p := norm.NFD.PropertiesString(s[i:])
		if d := p.Decomposition(); d != nil {
			for j, r := range string(d) {
				out = append(out, mark{r, norm.NFD.Properties(d[j:]).CCC()})
			}
			continue
		}
		out = append(out, mark{r, p.CCC()})
	}
	return out
}

// order sorts each run of combining marks by their classes.
func order(marks []mark) {
	for i := 0; i < len(marks); i++ {
		first := i
		for i < len(marks) && marks[i].class != 0 {
			i++
		}
		slices.SortStableFunc(marks[first:i], func(a, b mark) int { return int(a.class) - int(b.class) })
	}
}

// compose is the canonical composition algorithm. Each mark joins the last starter, unless a mark of the same or a higher class stands between them.
func compose(marks []mark, inert []span) string {
	out := marks[:0]
	starter, last := -1, uint8(0)
	for _, m := range marks {
		if starter >= 0 && (starter == len(out)-1 || last < m.class) {
			if r, ok := composite(out[starter].r, m.r); ok && !within(inert, r) {
				out[starter].r = r
				continue
			}
		}
		if m.class == 0 {
			starter = len(out)
		}
		last = m.class
		out = append(out, m)
	}
	var b strings.Builder
	for _, m := range out {
		b.WriteRune(m.r)
	}
	return b.String()
}

// composite returns the primary composite of two runes.
func composite(a, b rune) (rune, bool) {
	if l, v := a-leadBase, b-vowelBase; l >= 0 && l < leads && v >= 0 && v < vowels {
		return syllableBase + (l*vowels+v)*tails, true
	}
	if k, t := a-syllableBase, b-tailBase; k >= 0 && k < leads*vowels*tails && k%tails == 0 && t > 0 && t < tails {
		return a + t, true
	}
	var pair [2 * utf8.UTFMax]byte
	joined := norm.NFC.Bytes(utf8.AppendRune(utf8.AppendRune(pair[:0], a), b))
	r, n := utf8.DecodeRune(joined)
	return r, n == len(joined)
}
