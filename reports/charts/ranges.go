package charts

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Range is a row of a chart of ranges.
type Range struct {
	Name      string
	Hint      string
	Low, High float64 // the possible values
	Is, Was   float64 // the measured values of the variant and of the reference
}

// Ranges shows possible values beside measured ones, one row each.
type Ranges struct {
	Title, XTitle string
	Format        func(float64) string
	Rows          []Range
}

// Height is the chart's natural height.
func (r Ranges) Height() float64 { return rowHeight*float64(len(r.Rows)) + 52 }

// Draw draws the chart, which needs at least one row.
func (r Ranges) Draw(width float64) (Picture, error) {
	sh := newSheet(vg.Length(width), vg.Length(r.Height()))
	p := newPlot(r.XTitle, "")
	var names []string
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range r.Rows {
		names = append(names, row.Name)
		low, high = min(low, row.Low, row.Is, row.Was), max(high, row.High, row.Is, row.Was)
	}
	scaleFor(&p.X, low, high, r.Format)
	p.X.Scale, p.X.Tick.Marker = plot.LinearScale{}, linearTicks(5, r.Format)
	sh.drawRows(p, names, -14, spans{r, sh})
	return sh.picture(r.Title)
}

type spans struct {
	chart Ranges
	sheet *sheet
}

// Plot implements plot.Plotter.
func (s spans) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, r := range s.chart.Rows {
		row := float64(len(s.chart.Rows) - 1 - i)
		rectangle(&c, inkFaint, x(r.Low)-1, y(row)-6, x(r.High)+1, y(row)+6)
		c.StrokeLine2(stroke(1.2, inkSoft), x(r.Was), y(row)-8, x(r.Was), y(row)+8)
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: inkAccent, Radius: 3.5, Shape: draw.CircleGlyph{}}, vg.Point{X: x(r.Is), Y: y(row)})
		rowHint{s.sheet, row, r.Hint}.Plot(c, p)
	}
}
