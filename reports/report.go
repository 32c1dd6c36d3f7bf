// Package reports turns the rows of a run into a report for people (md, html) and for programs (csv,
// json). All formats print the same model, whose numbers are computed once, from rows alone.
package reports

import (
	"fmt"
	"io"

	"github.com/fastclip/fastclip/internal/formats"
	"github.com/fastclip/fastclip/internal/store"
)

// written are the ways to print a report.
func written() formats.List[func(io.Writer, shown) error] {
	return formats.List[func(io.Writer, shown) error]{
		{"md", writeMarkdown},
		{"csv", writeCSV},
		{"json", writeJSON},
		{"html", writeHTML},
		{"scores", writeScores},
	}
}

// Formats are the names that Write takes.
func Formats() []string { return written().Names() }

// Write prints the report of a run in a format.
//
// md and html are the whole report as text. json is the whole report as numbers: scores and shares in
// 0..1, times in milliseconds per item, and null where nothing was measured. csv is the performance table,
// with one row per variant. scores is all scores as csv.
//
// Without queries (Load) no difference is tested. The error is formats.ErrUnknown for an unknown format,
// and otherwise the writer's.
func Write(w io.Writer, format string, res *store.Results) error {
	return WriteWith(w, format, res, Extras{})
}

// WriteWith is Write with extras, in formats that can show them. Explained variants need res's queries.
func WriteWith(w io.Writer, format string, res *store.Results, x Extras) error {
	write, err := written().Find(format)
	if err != nil {
		return err
	}
	if err := write(w, show(res, x)); err != nil {
		return fmt.Errorf("write %s report: %w", format, err)
	}
	return nil
}
