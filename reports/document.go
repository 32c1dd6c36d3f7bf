package reports

import (
	"fmt"
	"strings"
	"time"
)

// document is a report as text, before any format's escapes: what md and html both print.
type document struct {
	Title    string
	Night    *nightView
	Summary  string
	Facts    []fact
	Pictures []linked
	Sections []section
	Findings []finding
}

type fact struct{ Name, Value string }

// section is a table with its heading, and notes below it.
type section struct {
	Title  string
	Header []string
	Rows   []row
	Notes  []string
}

// Numbers is how many columns follow a row's name.
func (s section) Numbers() int { return len(s.Header) - 1 }

// row is a line of a table. Instead stands in place of all cells but the first.
type row struct {
	Cells     []string
	Tones     []string // by cell: "", bad or good
	Instead   string
	Reference bool
}

func newDocument(r told, night *Night) document {
	d := document{
		Title:    fmt.Sprintf("%s: run %s", r.Head.Suite, r.Head.RunID),
		Facts:    headFacts(r.Head),
		Sections: []section{datasetSection(r.Head), performanceSection(r.report)},
		Findings: r.Findings,
		Summary:  night.summary(r.Summary),
		Night:    night.view(),
	}
	if s, ok := zeroShotSection(r.report); ok {
		d.Sections = append(d.Sections, s)
	}
	for _, t := range r.Speed {
		d.Sections = append(d.Sections, speedSection(t, r.Head))
	}
	if s, ok := transformSection(r.Transforms); ok {
		d.Sections = append(d.Sections, s)
	}
	if s, ok := placesSection(r.Places); ok {
		d.Sections = append(d.Sections, s)
	}
	return d
}

func headFacts(h head) []fact {
	wall := time.Duration(float64(h.WallSeconds) * float64(time.Second))
	unit := time.Second
	if wall < 10*time.Second {
		unit = time.Millisecond
	}
	all := []fact{
		{"suite", h.Suite},
		{"run", fmt.Sprintf("%s (%s)", h.RunID, h.Status)},
		{"tool", "fastclip " + h.ToolVersion},
		{"host", fmt.Sprintf("%s (%s/%s)", h.Host, h.OS, h.Arch)},
		{"cpu", h.CPU},
		{"cores", fmt.Sprint(h.Cores)},
		{"threads", fmt.Sprint(h.Threads)},
		{"started", h.StartedAt.Format(time.RFC3339)},
		{"wall time", wall.Round(unit).String()},
	}
	for i := range all {
		if all[i].Value == "" {
			all[i].Value = "unknown"
		}
	}
	return all
}

func datasetSection(h head) section {
	s := section{Title: "Datasets", Header: []string{"dataset", "images", "texts", "skipped"}}
	for _, d := range h.Datasets {
		s.Rows = append(s.Rows, row{Cells: []string{d.Name, fmt.Sprint(d.Images), fmt.Sprint(d.Texts), fmt.Sprint(d.Skipped)}})
	}
	return s
}

func performanceSection(r report) section {
	s := section{Title: "Performance", Header: []string{"variant"}}
	for _, c := range r.Columns {
		s.Header = append(s.Header, c.Title)
	}
	s.Header = append(s.Header, "mean abs diff", "of texts", "cosine min", "changed top-1")
	for _, p := range r.Performance {
		line := variantRow(p.identity)
		line.Tones = []string{""}
		for _, c := range p.Scores {
			line.Cells, line.Tones = append(line.Cells, cellText(c)), append(line.Tones, tone(c))
		}
		line.Cells = append(line.Cells, scientific(p.MeanAbs), scientific(p.TextMeanAbs), cosine(p.CosineMin), withPercent(p.Top1Changed))
		s.Rows = append(s.Rows, line)
	}
	s.Notes = performanceNotes(r)
	return s
}

func performanceNotes(r report) []string {
	return []string{
		fmt.Sprintf("Scores are %s in %%: text-to-image by dataset, then image-to-text and image-to-image as means over the datasets.", r.Metric) + convention(r),
		"±: half the width of the 95 % interval (bootstrap; near 0 and 100 at least the score interval, in square brackets with both ends). In round brackets: the difference from the reference in points; " +
			"* is real, ~ is not shown (randomisation over the queries, Holm-corrected over all variants, datasets and their mean of the direction, and over nDCG@10 beside it, 5 %). " +
			"A mean's difference is tested over all datasets together.",
		"Mean abs diff and cosine min compare image embeddings with the reference's, of texts the mean abs diff of text embeddings; changed top-1 is the share of text queries " +
			"whose best image is another. " + noNumber + ": not measured.",
	}
}

// tone marks a real difference.
func tone(c cell) string {
	switch {
	case !c.Real:
		return ""
	case c.Delta < 0:
		return "bad"
	}
	return "good"
}

// cellText is a score with its interval for the reference, and with its difference for others.
func cellText(c cell) string {
	mark := "~"
	if c.Real {
		mark = "*"
	}
	switch {
	case !c.Value.known():
		return noNumber
	case c.Delta.known():
		return fmt.Sprintf("%s (%s %s)", percent(c.Value), points(c.Delta), mark)
	case c.Value+c.HalfWidth > 1 || c.Value-c.HalfWidth < 0: // no score is there
		return fmt.Sprintf("%s [%s, %s]", percent(c.Value), percent(c.Low), percent(c.High))
	case c.HalfWidth.known():
		return fmt.Sprintf("%s ±%s", percent(c.Value), percent(c.HalfWidth))
	}
	return percent(c.Value)
}

func withPercent(n number) string {
	return strings.Replace(percent(n)+" %", noNumber+" %", noNumber, 1)
}

// variantRow begins a variant's row; a variant that failed has its fate in place of numbers.
func variantRow(v identity) row {
	line := row{Cells: []string{v.Variant}, Reference: v.IsReference}
	if v.IsReference {
		line.Cells[0] += " (reference)"
	}
	if v.Faulty {
		line.Cells[0] += faultMark
	}
	if !v.ok() {
		line.Instead = fate(v)
	}
	return line
}
