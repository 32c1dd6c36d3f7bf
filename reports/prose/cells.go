package prose

import (
	"fmt"
	"strconv"

	"github.com/fastclip/fastclip/reports/facts"
)

// Cell is a table's cell. It holds a text, and the number by which its column is sorted; a text has no
// number.
type Cell struct {
	Text string
	Sort facts.Number
}

// text is a cell with words.
func text(s string) Cell { return Cell{s, facts.Absent()} }

// texts are cells with words.
func texts(all ...string) []Cell {
	var out []Cell
	for _, s := range all {
		out = append(out, text(s))
	}
	return out
}

// number is a cell with a number, written by a format.
func number(n facts.Number, format func(facts.Number) string) Cell { return Cell{format(n), n} }

// count is a cell with a whole number.
func count[T int | int64](n T) Cell { return Cell{fmt.Sprint(n), facts.Number(n)} }

// cellView is a cell as pages show it.
type cellView struct{ Text, Title, Key, Class string }

// View has the cells of a row for a page.
func (r row) View() []cellView {
	var out []cellView
	for i, c := range r.Cells {
		v := cellView{Text: c.Text}
		switch {
		case i == 0:
			v.Title = c.Text // the page cuts a long name
		case c.Sort.Known():
			v.Key = strconv.FormatFloat(float64(c.Sort), 'g', 15, 64)
		case c.Text != NoNumber:
			v.Class = "text"
		}
		if i < len(r.Tones) && r.Tones[i] != "" {
			v.Class = r.Tones[i]
		}
		out = append(out, v)
	}
	return out
}

// Texts are the texts of the row's cells.
func (r row) Texts() []string {
	var out []string
	for _, c := range r.Cells {
		out = append(out, c.Text)
	}
	return out
}

// Heads is the header's cells. A head over text is aligned like its column.
func (s Section) Heads() []cellView {
	var out []cellView
	for i, head := range s.Header {
		v := cellView{Text: head}
		for _, r := range s.Rows {
			if r.Instead == "" && i < len(r.Cells) && r.View()[i].Class == "text" {
				v.Class = "text"
			}
		}
		out = append(out, v)
	}
	return out
}

// Sorts tells whether the table has enough rows to sort.
func (s Section) Sorts() bool { return len(s.Rows) > 1 }
