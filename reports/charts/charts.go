// Package charts draws the pictures of a report as SVG, with gonum/plot. A chart names its colours by
// their role (ink.go), so one drawing serves light and dark pages. Lengths are CSS pixels. The package
// measures all text in the metrics of Arial (Liberation Sans), which browsers have or imitate, and keeps
// it within the picture.
package charts

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"

	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Picture is a chart: SVG elements in a box of Width x Height, without the enclosing svg element.
type Picture struct {
	Title         string // describes the picture for people who cannot see it
	Width, Height float64
	body          string
}

// spot is an area that shows a text when a pointer is on it.
type spot struct {
	x, y, w, h vg.Length // lower left corner within the picture, and size
	text       string
}

// sheet is a picture in progress.
type sheet struct {
	draw.Canvas
	svg   *vgsvg.Canvas
	spots []spot
}

func newSheet(width, height vg.Length) *sheet {
	svg := vgsvg.New(width, height)
	return &sheet{Canvas: draw.New(svg), svg: svg}
}

// hint adds a text around a point.
func (s *sheet) hint(at vg.Point, radius vg.Length, text string) {
	s.spots = append(s.spots, spot{at.X - radius, at.Y - radius, 2 * radius, 2 * radius, text})
}

var (
	heads    = regexp.MustCompile(`(?s)^.*?<svg[^>]*>\s*`)
	families = regexp.MustCompile(`font-family:[^;]*;font-variant:[^;]*;`)
)

// picture ends the drawing.
func (s *sheet) picture(title string) (Picture, error) {
	var b bytes.Buffer
	if _, err := s.svg.WriteTo(&b); err != nil {
		return Picture{}, fmt.Errorf("draw %s: %w", title, err)
	}
	w, h := s.svg.Size()
	body := strings.TrimSuffix(strings.TrimSpace(heads.ReplaceAllString(b.String(), "")), "</svg>")
	body = families.ReplaceAllString(body, "")
	body = strings.ReplaceAll(strings.ReplaceAll(body, "font-weight:normal;", ""), "font-style:normal;", "")
	body = strings.ReplaceAll(toVariables().Replace(body), "\n\t", " ")
	var out strings.Builder
	out.WriteString(body)
	for _, x := range s.spots {
		fmt.Fprintf(&out, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="transparent"><title>%s</title></rect>`+"\n",
			x.x.Points(), (h - x.y - x.h).Points(), x.w.Points(), x.h.Points(), html.EscapeString(clean(x.text)))
	}
	return Picture{Title: clean(title), Width: w.Points(), Height: h.Points(), body: out.String()}, nil
}

// fontStack lists fonts with the metrics in which text was measured, best first.
const fontStack = `'Liberation Sans',Arimo,Arial,Helvetica,sans-serif`

// Inline is the chart for a page whose style defines the inks. It has the class "chart" and the given one.
func (p Picture) Inline(class string) string {
	return fmt.Sprintf(`<svg class="%s" role="img" aria-label="%s" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="%s">`,
		strings.TrimSpace("chart "+class), html.EscapeString(p.Title), p.Width, p.Height, p.Width, p.Height, fontStack) + "\n" + p.body + "</svg>"
}

// Standalone is the chart as a separate file. It follows the light or dark mode of the reader's system and has its
// own background, because the page around it may have another theme.
func (p Picture) Standalone() string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="%s" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="%s">`,
		html.EscapeString(p.Title), p.Width, p.Height, p.Width, p.Height, fontStack) +
		"\n<style>:root{" + Light + "}@media (prefers-color-scheme:dark){:root{" + Dark + "}}</style>\n" +
		`<rect width="100%" height="100%" fill="var(--paper)"/>` + "\n" + p.body + "</svg>\n"
}

// style is a text style with a size and an ink.
func style(size vg.Length, colour ink, x draw.XAlignment, y draw.YAlignment) text.Style {
	return text.Style{
		Color: colour, Font: plotfont.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		XAlign: x, YAlign: y, Handler: plot.DefaultTextHandler,
	}
}

func stroke(width vg.Length, colour ink, dashes ...vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: colour, Width: width, Dashes: dashes}
}

// rectangle fills a box.
func rectangle(c *draw.Canvas, colour ink, x0, y0, x1, y1 vg.Length) {
	c.FillPolygon(colour, []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
}

// clean drops characters that SVG forbids, and keeps a text on one line.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
}

// fit shortens a text to a width by cutting its middle, because names differ at their ends.
func fit(s string, sty text.Style, width vg.Length) string {
	s = clean(s)
	if sty.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	for keep := len(runes) - 1; keep > 1; keep-- {
		head := (keep + 1) / 2
		short := string(runes[:head]) + "…" + string(runes[len(runes)-(keep-head):])
		if sty.Width(short) <= width {
			return short
		}
	}
	return "…"
}

// newPlot is a plot in the house style: a calm frame, no box, and one font.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle = stroke(1, inkLine)
		a.Padding = 8
		a.Tick.LineStyle = stroke(1, inkLine)
		a.Tick.Length = 3
		tick := style(10, inkSoft, a.Tick.Label.XAlign, a.Tick.Label.YAlign)
		label := style(11, inkSoft, a.Label.TextStyle.XAlign, a.Label.TextStyle.YAlign)
		a.Tick.Label, a.Label.TextStyle, a.Label.Padding = tick, label, 4
	}
	p.X.Label.Text, p.Y.Label.Text = clean(x), clean(y)
	return p
}
