package tokenize

import (
	"html"
	"strings"
	"unicode/utf8"
)

// unescapeHTML is html.unescape of Python 3.11. Go's html.UnescapeString differs in numeric references: it keeps control characters and noncharacters, and
// large numbers overflow.
func unescapeHTML(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for {
		plain, rest, ok := strings.Cut(s, "&")
		b.WriteString(plain)
		if !ok {
			return b.String()
		}
		n := 0
		if strings.HasPrefix(rest, "#") {
			if text, length := numericReference(rest); length > 0 {
				b.WriteString(text)
				n = length
			}
		} else {
			n = nameLength(rest)
		}
		switch {
		case n == 0:
			b.WriteByte('&')
		case rest[0] != '#':
			b.WriteString(named(rest[:n]))
		}
		s = rest[n:]
	}
}

// named replaces one named reference (given without its &) as html.unescape does: with a semicolon, without one, or by the longest prefix that is a name.
// Go's table and rules are those of HTML 5, like Python's, except that Go leaves out two names.
func named(name string) string {
	switch name {
	case "nLt;":
		return "\u226a\u20d2"
	case "nGt;":
		return "\u226b\u20d2"
	}
	return html.UnescapeString("&" + name)
}

// nameLength is the length of the letters and digits at the start of s, with a semicolon after them.
func nameLength(s string) int {
	n := 0
	for n < len(s) && asciiKind(s[n]) != skip && asciiKind(s[n]) != other {
		n++
	}
	if n > 0 && n < len(s) && s[n] == ';' {
		n++
	}
	return n
}

// numericReference returns the text that s (from its #) stands for, and the length of the reference; the length is 0 if s is not a reference.
func numericReference(s string) (text string, length int) {
	i, base := 1, rune(10)
	if i < len(s) && s[i]|0x20 == 'x' {
		i, base = 2, 16
	}
	first, num := i, rune(0)
	for ; i < len(s); i++ {
		d := digitOf(s[i])
		if d >= base {
			break
		}
		num = min(num*base+d, utf8.MaxRune+1) // the limit prevents overflow, however many digits there are
	}
	if i == first {
		return "", 0
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	return codePoint(num), i
}

func digitOf(b byte) rune {
	switch {
	case '0' <= b && b <= '9':
		return rune(b - '0')
	case 'a' <= b|0x20 && b|0x20 <= 'f':
		return rune(b|0x20-'a') + 10
	}
	return 16
}

// codePoint returns the text that HTML 5 defines for a numeric reference.
func codePoint(num rune) string {
	switch {
	case num == 0, num > utf8.MaxRune, !utf8.ValidRune(num):
		return "\ufffd"
	case 0x80 <= num && num <= 0x9f:
		return string(windows1252(num))
	case num < ' ' && !strings.ContainsRune("\t\n\f\r", num), num == 0x7f,
		0xfdd0 <= num && num <= 0xfdef, num&0xfffe == 0xfffe:
		return ""
	}
	return string(num)
}

// entity returns the text of a name that ends in a semicolon.
func entity(name string) (string, bool) {
	text := named(name)
	if strings.HasPrefix(text, "&") && name != "amp;" && name != "AMP;" ||
		strings.HasSuffix(text, ";") && name != "semi;" {
		return "", false // not a name, or a shorter name followed by other text
	}
	return text, true
}

// unescapeEntities is ftfy's unescape_html. It replaces only references with a semicolon. It also accepts names in capitals if they are unambiguous.
func unescapeEntities(s string) string {
	var b strings.Builder
	done := 0
	for at := 0; ; {
		i := strings.IndexByte(s[at:], '&')
		if i < 0 {
			break
		}
		at += i
		n := nameLength(strings.TrimPrefix(s[at+1:], "#"))
		end := at + 1 + n
		if strings.HasPrefix(s[at+1:], "#") {
			end++
		}
		if n < 2 || n > 25 || s[end-1] != ';' {
			at++
			continue
		}
		if text, ok := softEntity(s[at+1 : end]); ok {
			b.WriteString(s[done:at])
			b.WriteString(text)
			done = end
		}
		at = end
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// softEntity returns ftfy's replacement for a reference (given without its &).
func softEntity(name string) (string, bool) {
	if name[0] == '#' {
		text, n := numericReference(name)
		return text, n == len(name) && text != ";"
	}
	if text, ok := entity(name); ok {
		return text, true
	}
	small := strings.ToLower(name)
	if strings.ToUpper(small) != name || unescapeHTML("&"+name) != "&"+name {
		return "", false
	}
	text, ok := entity(small)
	if !ok {
		return "", false
	}
	return upperEntity(text), true
}

// upperEntity is Python's str.upper for the text of an entity.
func upperEntity(text string) string {
	switch text {
	case "ß":
		return "SS"
	case "ŉ":
		return "ʼN"
	case "ﬀ", "ﬁ", "ﬂ", "ﬃ", "ﬄ":
		return map[string]string{"ﬀ": "FF", "ﬁ": "FI", "ﬂ": "FL", "ﬃ": "FFI", "ﬄ": "FFL"}[text]
	}
	return strings.ToUpper(text)
}
