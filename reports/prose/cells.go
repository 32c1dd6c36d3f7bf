package prose

import (
	_ "embed"
	"regexp"
	"strconv"
	"strings"
)

// cellView is a table's cell: its text, and what it is sorted by.
type cellView struct{ Text, Title, Key, Class string }

// View is the cells of a row.
func (r row) View() []cellView {
	var out []cellView
	for i, text := range r.Cells {
		v := cellView{Text: text}
		if i == 0 {
			v.Title = text // a long name is cut
		}
		if key, ok := sortKey(text); ok && i > 0 {
			v.Key = key
		} else if i > 0 && text != NoNumber && text != shared {
			v.Class = "text"
		}
		if i < len(r.Tones) && r.Tones[i] != "" {
			v.Class = r.Tones[i]
		}
		out = append(out, v)
	}
	return out
}

// Heads is the header's cells; one over text is aligned as its column is.
func (s Section) Heads() []cellView {
	var out []cellView
	for i, text := range s.Header {
		v := cellView{Text: text}
		for _, r := range s.Rows {
			if r.Instead == "" && i < len(r.Cells) && r.View()[i].Class == "text" {
				v.Class = "text"
			}
		}
		out = append(out, v)
	}
	return out
}

// Sorts tells whether the table has rows to put in order.
func (s Section) Sorts() bool { return len(s.Rows) > 1 }

var leadingNumber = regexp.MustCompile(`^[+-]?\d+(\.\d+)?(e[+-]?\d+)?`)

// sortKey is the number that a cell is sorted by: the first in its text, be it "26.2 (0.0 ~)",
// "1.9e-2", "51.0 %", "1 - 1.6e-13" or "9e-6 (14 x)". A text without one, such as a name or "-",
// has none, and is sorted as text.
func sortKey(cell string) (key string, ok bool) {
	cell = strings.TrimSpace(cell)
	if gap, found := strings.CutPrefix(cell, "1 - "); found {
		below := leadingNumber.FindString(gap)
		v, err := strconv.ParseFloat(below, 64)
		return strconv.FormatFloat(1-v, 'g', -1, 64), err == nil
	}
	number := leadingNumber.FindString(cell)
	if number == "" || strings.HasPrefix(cell[len(number):], "-") || strings.HasPrefix(cell[len(number):], ":") {
		return "", false // nothing, or a date or time
	}
	v, err := strconv.ParseFloat(number, 64)
	return strconv.FormatFloat(v, 'g', -1, 64), err == nil
}
