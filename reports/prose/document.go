package prose

import (
	"fmt"
	"slices"
	"time"

	"github.com/fastclip/fastclip/reports/facts"
)

// Document is a report as text that md and html both print. It is free of any format's escapes.
type Document struct {
	Lead     string // a line before everything else
	Title    string
	Night    *NightView
	Summary  string
	Facts    []Fact
	Pictures []Linked
	Sections []Section
	Findings []Finding
}

type Fact struct{ Name, Value string }

// Section is a table with its heading, and with notes below it.
type Section struct {
	Title  string
	Header []string
	Rows   []row
	Notes  []string
}

// Numbers is the number of columns after a row's name.
func (s Section) Numbers() int { return len(s.Header) - 1 }

// row is a line of a table. Instead replaces all cells but the first.
type row struct {
	Cells     []Cell
	Tones     []string // by cell: "", bad or good
	Instead   string
	Reference bool
}

func NewDocument(r Told, night *Night) Document {
	d := Document{
		Title:    fmt.Sprintf("%s: run %s", r.Head.Suite, r.Head.RunID),
		Facts:    headFacts(r.Head),
		Sections: []Section{StandingSection(r.Report), DatasetSection(r.Head), PerformanceSection(r.Report)},
		Findings: r.Findings,
		Summary:  night.Summary(r.Summary),
		Night:    night.View(),
	}
	if s, ok := ZeroShotSection(r.Report); ok {
		d.Sections = append(d.Sections, s)
	}
	for _, t := range r.Speed {
		d.Sections = append(d.Sections, SpeedSection(t, r.Head))
	}
	if s, ok := TransformSection(r.Transforms); ok {
		d.Sections = append(d.Sections, s)
	}
	if s, ok := PlacesSection(r.Places); ok {
		d.Sections = append(d.Sections, s)
	}
	return d
}

func headFacts(h facts.Head) []Fact {
	wall := time.Duration(float64(h.WallSeconds) * float64(time.Second))
	unit := time.Second
	if wall < 10*time.Second {
		unit = time.Millisecond
	}
	all := []Fact{
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

func DatasetSection(h facts.Head) Section {
	s := Section{Title: "Datasets", Header: []string{"dataset", "images", "texts", "skipped"}}
	for _, d := range h.Datasets {
		s.Rows = append(s.Rows, row{Cells: []Cell{text(d.Name), count(d.Images), count(d.Texts), count(d.Skipped)}})
	}
	return s
}

func PerformanceSection(r facts.Report) Section {
	s := Section{Title: "Scores", Header: []string{"variant"}}
	for _, c := range r.Columns {
		s.Header = append(s.Header, c.Title)
	}
	s.Header = append(s.Header, "mean abs diff", "of texts", "cosine min", "changed top-1")
	for _, p := range r.Performance {
		line := variantRow(p.Identity)
		line.Tones = []string{""}
		for _, c := range p.Scores {
			line.Cells, line.Tones = append(line.Cells, Cell{cellText(c), c.Value}), append(line.Tones, tone(c))
		}
		line.Cells = append(line.Cells, number(p.MeanAbs, Scientific), number(p.TextMeanAbs, Scientific), number(p.CosineMin, Cosine), number(p.Top1Changed, WithPercent))
		s.Rows = append(s.Rows, line)
	}
	s.Notes = performanceNotes(r)
	return s
}

func performanceNotes(r facts.Report) []string {
	return append([]string{
		fmt.Sprintf("Scores are %s in %%: text-to-image by dataset, then image-to-text and image-to-image as means over the datasets, then means over all searches (datasets and directions).", r.Metric) + convention(r),
		"± is half the width of the 95 % interval (bootstrap). Near 0 and 100 the interval is at least the score interval, and both ends stand in square brackets. Round brackets hold the difference from the reference in points; " +
			"* is real, ~ is not shown. A variant differs when its mean over all searches does, in R@1, nDCG@10 or zero-shot top 1 (randomisation over the queries, corrected for all variants, 5 %); " +
			"only then are its single scores tested (corrected for each other).",
		"Mean abs diff and cosine min compare image embeddings with the reference's; \"of texts\" is the mean abs diff of text embeddings. Changed top-1 is the share of text queries " +
			"that find another best image. " + NoNumber + " means not measured.",
	}, drawnNotes(r.Scores)...)
}

// drawnNotes say which searches had only a sample of their queries.
func drawnNotes(scores []facts.Score) (out []string) {
	for _, s := range scores {
		if s.SampledFrom == 0 {
			continue
		}
		note := fmt.Sprintf("%s, %s: %d queries were drawn at random from %d, because all together make more pairs than the suite's max_pairs. Each was searched in the whole dataset; the intervals include the draw.",
			s.Dataset, s.Direction, s.Queries, s.SampledFrom)
		if !slices.Contains(out, note) {
			out = append(out, note)
		}
	}
	return out
}

// tone marks a real difference as good or bad.
func tone(c facts.Cell) string {
	switch {
	case !c.Real:
		return ""
	case c.Delta < 0:
		return "bad"
	}
	return "good"
}

// cellText is a score. The reference's is shown with its interval, and the others' with their difference.
func cellText(c facts.Cell) string {
	mark := "~"
	if c.Real {
		mark = "*"
	}
	switch {
	case !c.Value.Known():
		return NoNumber
	case c.Delta.Known():
		return fmt.Sprintf("%s (%s %s)", Percent(c.Value), Points(c.Delta), mark)
	case c.Value+c.HalfWidth > 1 || c.Value-c.HalfWidth < 0: // no score can lie there
		return fmt.Sprintf("%s [%s, %s]", Percent(c.Value), Percent(c.Low), Percent(c.High))
	case c.HalfWidth.Known():
		return fmt.Sprintf("%s ±%s", Percent(c.Value), Percent(c.HalfWidth))
	}
	return Percent(c.Value)
}

func WithPercent(n facts.Number) string {
	if !n.Known() {
		return NoNumber
	}
	return Percent(n) + " %"
}

// variantRow begins a variant's row. For a variant that failed, its fate replaces the numbers.
func variantRow(v facts.Identity) row {
	line := row{Cells: texts(variantName(v)), Reference: v.IsReference}
	if !v.Ok() {
		line.Instead = fate(v)
	}
	return line
}

// variantName is a variant's name with the marks that a reader must know.
func variantName(v facts.Identity) string {
	name := v.Variant
	if v.IsReference {
		name += " (reference)"
	}
	if v.Faulty {
		name += faultMark
	}
	return name
}

// Linked is a picture in a file beside the document.
type Linked struct{ Title, Caption, URL string }

// convention says how the metric of the table counts.
func convention(r facts.Report) string {
	for _, s := range r.Scores {
		if s.Metric == r.Metric && s.Convention != "" {
			return fmt.Sprintf(" %s: %s.", r.Metric, s.Convention)
		}
	}
	return ""
}
