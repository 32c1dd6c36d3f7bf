package reports

import (
	"cmp"
	"crypto/sha256"
	_ "embed" // of the page's template, style and script
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode"

	"github.com/fastclip/fastclip/reports/charts"
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
	Verdicts                         []verdict
	Night                            *nightView
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
	Sections  []section
	Findings  []finding
	Facts     []fact
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
		} else if i > 0 && text != noNumber {
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
func (s section) Heads() []cellView {
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
func (s section) Sorts() bool { return len(s.Rows) > 1 }

// printable drops what html allows in no page, not even escaped; names can hold it.
func printable(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\t' {
		return -1
	}
	return r
}

// writeHTML prints one page that needs nothing else: style, charts, pictures and the script that
// sorts its tables are in it, and its policy lets it load nothing and run nothing else.
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
	d := newDocument(r.told, r.extras.Night)
	p := webPage{
		Title: d.Title, Summary: r.extras.Night.summary(r.Summary), Verdicts: r.extras.Night.aside(r.Verdicts), Night: r.extras.Night.view(),
		Subtitle: fmt.Sprintf("%s · %s · %s", r.Head.StartedAt.Format("2 January 2006, 15:04 MST"), cmp.Or(r.Head.CPU, "unknown"), cmp.Or(r.Head.Host, "unknown")),
		Footer:   "fastclip " + r.Head.ToolVersion,
		Style:    template.CSS(strings.NewReplacer("LIGHT", charts.Light, "DARK", charts.Dark).Replace(pageStyle)),
		Script:   template.JS(pageScript),
	}
	hash := sha256.Sum256([]byte(pageScript))
	p.ScriptHash = "sha256-" + base64.StdEncoding.EncodeToString(hash[:])
	overview := part{ID: "overview", Title: "Overview"}
	scores := part{ID: "scores", Title: "Scores", Sections: []section{performanceSection(r.report)}}
	if s, ok := zeroShotSection(r.report); ok {
		scores.Sections = append(scores.Sections, s)
	}
	speed := part{ID: "speed", Title: "Speed"}
	var err error
	if overview.Figures, err = overviewFigures(r.report); err != nil {
		return webPage{}, err
	}
	for _, t := range r.Speed {
		speed.Sections = append(speed.Sections, speedSection(t, r.Head))
	}
	if speed.Figures, err = latencies(r.report); err != nil {
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
	about := part{ID: "run", Title: "Run", Facts: d.Facts, Sections: []section{datasetSection(r.Head)}}
	if s, ok := placesSection(r.Places); ok {
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
