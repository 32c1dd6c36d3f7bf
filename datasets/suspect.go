package datasets

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Mark is a kind of text that is used as it is, but was probably not written to describe a picture.
type Mark struct {
	What, Example string
	Count         int
}

var (
	urlOnly    = regexp.MustCompile(`^(?i)(https?://|www\.)\S+$`)
	listOfText = regexp.MustCompile(`^\[\s*(u?'.*'|u?".*")\s*\]$`)
	bareNumber = regexp.MustCompile(`^[+-]?\d+(\.\d+)?$`)
	// mojibake is UTF-8 that was read as cp1252: Ã and Â before what they make of the second byte, â€.
	mojibake = regexp.MustCompile(`[ÂÃ][\x{80}-\x{bf}ŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]|â€`)
)

// suspicions are kinds of suspicious texts, with the test for each.
var suspicions = []struct {
	what string
	is   func(s string, label bool) bool
}{
	{"texts with NUL or other control characters", func(s string, _ bool) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' })
	}},
	{"texts in a wrong encoding", func(s string, _ bool) bool { return strings.ContainsRune(s, '\ufffd') || mojibake.MatchString(s) }},
	{"captions of several lines", func(s string, _ bool) bool { return strings.ContainsAny(s, "\n\r") }},
	{"texts that are a URL", func(s string, _ bool) bool { return urlOnly.MatchString(s) }},
	{"texts that are a list in one string", func(s string, _ bool) bool { return listOfText.MatchString(s) }},
	{"labels that are a bare number", func(s string, label bool) bool { return label && bareNumber.MatchString(s) }},
	{"texts that mean \"nothing\"", func(s string, _ bool) bool {
		return slices.Contains([]string{"nan", "none", "null", "n/a", "<na>", "nil", "undefined"}, strings.ToLower(s))
	}},
}

// mark counts the suspicious texts of a picture.
func (i *Info) mark(r Row) {
	for _, list := range []struct {
		texts []string
		label bool
	}{{r.Captions, false}, {r.Labels, true}} {
		for _, s := range list.texts {
			for _, kind := range suspicions {
				if kind.is(s, list.label) {
					i.Suspect = marked(i.Suspect, kind.what, r.Name+": "+s)
				}
			}
		}
	}
}

func marked(marks []Mark, what, example string) []Mark {
	at := slices.IndexFunc(marks, func(m Mark) bool { return m.What == what })
	if at < 0 {
		at = len(marks)
		marks = append(marks, Mark{What: what, Example: example})
	}
	marks[at].Count++
	return marks
}
