// Package reports turns the rows of a run into a report for people (md, html) and for programs (csv,
// json). All formats print the same model, whose numbers are computed once, from rows alone.
package reports

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// ErrFormat is the error for a format that Formats does not list.
var ErrFormat = errors.New("unknown format")

// format is a way to print a report.
type format struct {
	name  string
	write func(w io.Writer, r shown) error
}

// formats are all formats, in the order in which they are offered.
func formats() []format {
	return []format{
		{"md", writeMarkdown},
		{"csv", writeCSV},
		{"json", writeJSON},
		{"html", writeHTML},
		{"scores", writeScores},
	}
}

// Formats are the names that Write takes.
func Formats() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// Write prints the report of a run in a format.
//
// md and html are the whole report as text. json is the whole report as numbers: scores and shares in
// 0..1, times in milliseconds per item, and null where nothing was measured. csv is the performance table,
// with one row per variant. scores is all scores as csv.
//
// Without queries (Load) no difference is tested. The error is ErrFormat for an unknown format, and
// otherwise the writer's.
func Write(w io.Writer, format string, res *store.Results) error {
	return WriteWith(w, format, res, Extras{})
}

// WriteWith is Write with extras, in formats that can show them. Explained variants need res's queries.
func WriteWith(w io.Writer, format string, res *store.Results, x Extras) error {
	for _, f := range formats() {
		if f.name != format {
			continue
		}
		if err := f.write(w, show(res, x)); err != nil {
			return fmt.Errorf("write %s report: %w", format, err)
		}
		return nil
	}
	return fmt.Errorf("%w %q: want one of %s", ErrFormat, format, strings.Join(Formats(), ", "))
}
