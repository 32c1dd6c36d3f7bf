package history

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/fastclip/fastclip/internal/formats"
	"github.com/fastclip/fastclip/internal/sheet"
	"github.com/fastclip/fastclip/judge/compare"
)

// written are the ways to write a history.
var written = formats.List[func(io.Writer, *History) error]{
	{"text", writeText},
	{"plot", writePlot},
	{"csv", writeCSV},
	{"json", writeJSON},
}

// Formats are the names that Write takes.
func Formats() []string { return written.Names() }

// Write writes a history in a format.
func Write(w io.Writer, format string, h *History) error {
	write, err := written.Find(format)
	if err != nil {
		return err
	}
	return write(w, h)
}

func writeJSON(w io.Writer, h *History) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(h)
}

// writeCSV writes one row per point. Where a new level begins, step is the level before it.
func writeCSV(w io.Writer, h *History) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"kind", "variant", "dataset", "of", "metric", "unit", "machine", "started_at", "run_id", "value", "low", "high", "reason", "level_before", "level_after", "p", "break"}}
	for _, s := range h.Series {
		for i, p := range s.Points {
			n := h.Nights[p.Night]
			row := append(sheet.Texts(s.Kind, s.Variant, s.Dataset, s.Of, s.Metric, s.Unit, s.Machine, n.Started.Format(time.RFC3339), n.RunID),
				digits(p.Value), digits(p.Low), digits(p.High), sheet.Text(p.Reason), "", "", "", "")
			for _, step := range s.Steps {
				if step.Point == i {
					row[13], row[14], row[15] = digits(&step.Before), digits(&step.After), digits(step.P)
				}
			}
			for _, b := range s.Breaks {
				if b.Point == i {
					row[16] = sheet.Text(b.Reason)
				}
			}
			rows = append(rows, row)
		}
	}
	return c.WriteAll(rows)
}

func digits(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}

// writeText writes one line per series: its course, its first and last value, and its steps.
func writeText(w io.Writer, h *History) error {
	var b strings.Builder
	first, last := h.Nights[0], h.Nights[len(h.Nights)-1]
	fmt.Fprintf(&b, "%d nights, %s to %s\n", len(h.Nights), day(first), day(last))
	writeNights(&b, h)
	kind := ""
	for _, s := range h.Series {
		if s.Kind != kind {
			kind = s.Kind
			fmt.Fprintf(&b, "\n%s\n", titles[kind])
		}
		from, to := s.ends()
		level := s.format(from)
		if from != to {
			before, after := s.apart(from, to)
			level = before + " -> " + after
		}
		fmt.Fprintf(&b, "%s  %s  %s\n", s.Name(), spark(s), level)
		for _, line := range s.events(h) {
			fmt.Fprintf(&b, "    %s\n", line)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var titles = map[string]string{
	Score: "Scores, points of 100", Drift: "Drift from the run's own reference, mean |a-b|", Time: "Time, ms an item",
	Ratio: "Time beside the other variants, usual is 1",
}

func day(n Night) string { return n.Started.Format("2006-01-02 15:04") }

// Name says which number the series is.
func (s *Series) Name() string {
	parts := []string{s.Variant}
	if s.Dataset != "" {
		parts = append(parts, s.Dataset)
	}
	return strings.Join(append(parts, s.Of, s.Metric), " ")
}

// ends are the first and the last value. Every series has at least one value.
func (s *Series) ends() (first, last float64) {
	found := false
	for _, p := range s.Points {
		if p.Value == nil {
			continue
		}
		if !found {
			first, found = *p.Value, true
		}
		last = *p.Value
	}
	return first, last
}

// format writes a value in the series' unit. Scores are written as points of 100.
func (s *Series) format(v float64) string {
	if s.Kind == Score {
		return fmt.Sprintf("%.1f", 100*v)
	}
	return fmt.Sprintf("%.3g", v)
}

// apart writes two values with as many digits as are needed to tell them apart.
func (s *Series) apart(a, b float64) (string, string) {
	if s.Kind == Score {
		return compare.Points(a, b)
	}
	for digits := 3; digits < 17; digits++ {
		if x, y := fmt.Sprintf("%.*g", digits, a), fmt.Sprintf("%.*g", digits, b); x != y || a == b {
			return x, y
		}
	}
	return fmt.Sprint(a), fmt.Sprint(b)
}

// events describes the steps and breaks in words.
func (s *Series) events(h *History) (out []string) {
	for _, step := range s.Steps {
		n := h.Nights[s.Points[step.Point].Night]
		mark := "better"
		if step.Worse {
			mark = "worse"
		}
		change := ""
		if s.Kind != Score && step.Before > 0 {
			change = fmt.Sprintf(", %+.1f %%", 100*(step.After/step.Before-1))
		}
		before, after := s.apart(step.Before, step.After)
		out = append(out, fmt.Sprintf("%s: from %s to %s%s%s, since %s (%s)", mark, before, after, change, pText(step.P), day(n), n.RunID))
	}
	for _, b := range s.Breaks {
		n := h.Nights[s.Points[b.Point].Night]
		out = append(out, fmt.Sprintf("not compared across %s (%s): %s", day(n), n.RunID, b.Reason))
	}
	return out
}

// pText is a p value after a comma, or nothing.
func pText(p *float64) string {
	switch {
	case p == nil:
		return ""
	case *p < 1e-12:
		return ", p < 1e-12"
	}
	return fmt.Sprintf(", p %.1g", *p)
}
