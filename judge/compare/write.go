package compare

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/fastclip/fastclip/internal/formats"
)

// written are the ways to write a comparison.
var written = formats.List[func(io.Writer, *Comparison) error]{
	{"md", writeMarkdown},
	{"json", writeJSON},
}

// Formats are the names that Write takes.
func Formats() []string { return written.Names() }

// Write writes a comparison in a format.
func Write(w io.Writer, format string, c *Comparison) error {
	write, err := written.Find(format)
	if err != nil {
		return err
	}
	return write(w, c)
}

func writeJSON(w io.Writer, c *Comparison) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	out := *c
	out.Pooled = c.DefaultPooled()
	return enc.Encode(out)
}

func (d Difference) String() string {
	of := ""
	if d.Of != "" {
		of = d.Of + ": "
	}
	return fmt.Sprintf("%s%s: %s, was %s", of, d.Name, cmp.Or(d.Head, "none"), cmp.Or(d.Base, "none"))
}

// shown is the corrected p value below which a difference is written out.
const shown = 0.05

func writeMarkdown(w io.Writer, c *Comparison) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s against %s\n", c.Head.RunID, c.Base.RunID)
	list(&b, "What differs", c.Environment, "Nothing: tool, machine, libraries, models, datasets and suite are the same.")
	limits(&b, c)
	pooledTable(&b, c.DefaultPooled())
	scoreTable(&b, c.Scores)
	driftTable(&b, c.Drift)
	budgetTable(&b, c.Budgets)
	ladderTable(&b, c.Ladder)
	timingTable(&b, c.Timings)
	_, err := io.WriteString(w, b.String())
	return err
}

// limits lists what the comparison could not do, or did otherwise.
func limits(b *strings.Builder, c *Comparison) {
	if len(c.Problems) > 0 {
		list(b, "Could not be compared", c.Problems, "")
	}
	if len(c.Unlike) > 0 {
		list(b, "Of another kind of processor", c.Unlike, "")
	}
	if len(c.Notes) > 0 {
		list(b, "Notes", c.Notes, "")
	}
}

func list[T any](b *strings.Builder, title string, items []T, none string) {
	fmt.Fprintf(b, "\n## %s\n\n", title)
	for _, item := range items {
		fmt.Fprintf(b, "- %s\n", text(fmt.Sprint(item)))
	}
	if len(items) == 0 {
		fmt.Fprintln(b, none)
	}
}

func (s Spread) String() string { return fmt.Sprintf("%.3g (%.3g-%.3g)", s.MS, s.Low, s.High) }

func percent(ratio float64) string { return fmt.Sprintf("%+.1f %%", 100*(ratio-1)) }

// text keeps a name or reason from ending a table cell or its row.
func text(s string) string { return strings.NewReplacer("|", "\\|", "\r", " ", "\n", " ").Replace(s) }
