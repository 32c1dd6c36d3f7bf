package reports

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode"

	"github.com/fastclip/fastclip/reports/charts"
	"github.com/fastclip/fastclip/reports/prose"
)

//go:embed report.html.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

// webPage is what the template shows.
type webPage struct {
	Title, Subtitle, Summary, Footer string
	Verdicts                         []prose.Verdict
	Metric                           string
	Standings                        []standing
	Night                            *prose.NightView
	Parts                            []part
	Style                            template.CSS
	Thumbs                           template.CSS
	Script                           template.JS
	ScriptHash                       string
}

// part is a chapter of the page.
type part struct {
	ID, Title string
	Figures   []figure
	Sections  []prose.Section
	Findings  []prose.Finding
	Facts     []prose.Fact
	Variants  []explanation
	Notes     []string
}

// SVG is the chart's drawing, whose texts charts has escaped.
func (f figure) SVG() template.HTML {
	if f.Narrow.Width == 0 {
		return template.HTML(f.Inline(""))
	}
	return template.HTML(f.Inline("wider") + f.Narrow.Inline("narrow"))
}

// printable drops characters that html does not allow even when escaped. Names can contain them.
func printable(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\t' {
		return -1
	}
	return r
}

// writeHTML prints one self-contained page. Style, charts, pictures and the script that sorts tables are
// all in it. Its policy forbids it to load anything or to run any other script.
func writeHTML(w io.Writer, r shown) error {
	t, err := template.New("report").Parse(pageTemplate)
	if err != nil {
		return err
	}
	p, err := newPage(r)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := t.Execute(&b, p); err != nil {
		return err
	}
	_, err = io.WriteString(w, strings.Map(printable, b.String()))
	return err
}

func newPage(r shown) (webPage, error) {
	d := prose.NewDocument(r.Told, r.extras.Night)
	p := webPage{
		Title: d.Title, Summary: r.extras.Night.Summary(r.Summary), Verdicts: r.extras.Night.Aside(r.Verdicts), Night: r.extras.Night.View(),
		Subtitle: fmt.Sprintf("%s · %s · %s", r.Head.StartedAt.Format("2 January 2006, 15:04 MST"), cmp.Or(r.Head.CPU, "unknown"), cmp.Or(r.Head.Host, "unknown")),
		Footer:   "fastclip " + r.Head.ToolVersion,
		Style:    template.CSS(strings.NewReplacer("LIGHT", charts.Light, "DARK", charts.Dark).Replace(pageStyle)),
		Script:   template.JS(pageScript),
	}
	hash := sha256.Sum256([]byte(pageScript))
	p.ScriptHash = "sha256-" + base64.StdEncoding.EncodeToString(hash[:])
	p.Metric, p.Standings = r.Metric, standings(r.Report)
	overview := part{ID: "overview", Title: "Overview"}
	scores := part{ID: "scores", Title: "Scores", Sections: []prose.Section{prose.PerformanceSection(r.Report)}}
	scores.Sections[0].Title = r.Metric + " of each search" // the chapter is called "Scores" already
	if s, ok := prose.ZeroShotSection(r.Report); ok {
		scores.Sections = append(scores.Sections, s)
	}
	speed := part{ID: "speed", Title: "Speed"}
	var err error
	if overview.Figures, err = overviewFigures(r.Report); err != nil {
		return webPage{}, err
	}
	for _, t := range r.Speed {
		speed.Sections = append(speed.Sections, prose.SpeedSection(t, r.Head))
	}
	if s, ok := prose.TransformSection(r.Transforms); ok {
		speed.Sections = append(speed.Sections, s)
	}
	if speed.Figures, err = latencies(r.Report); err != nil {
		return webPage{}, err
	}
	if len(overview.Figures) == 0 {
		overview.Notes = []string{"Neither speed nor drift was measured."}
	}
	if len(speed.Sections) == 0 {
		speed.Notes = []string{"No speed was measured."}
	}
	trends, ok, err := trendsPart(r)
	if err != nil {
		return webPage{}, err
	}
	small := newThumbs(r.extras)
	why := part{ID: "why", Title: "Why they differ"}
	if why.Variants, err = explainAll(r, small); err != nil {
		return webPage{}, err
	}
	p.Thumbs = template.CSS(small.style.String())
	why.Notes = small.notes(r.extras)
	findings := part{ID: "findings", Title: "Findings", Findings: d.Findings}
	if len(d.Findings) == 0 {
		findings.Notes = []string{"None."}
	}
	about := part{ID: "run", Title: "Run", Facts: d.Facts, Sections: []prose.Section{prose.DatasetSection(r.Head)}}
	if s, ok := prose.PlacesSection(r.Places); ok {
		about.Sections = append(about.Sections, s)
	}
	p.Parts = []part{overview, scores, speed}
	if ok {
		p.Parts = append(p.Parts, trends)
	}
	if len(why.Variants) > 0 {
		p.Parts = append(p.Parts, why)
	}
	p.Parts = append(p.Parts, findings, about)
	return p, nil
}
