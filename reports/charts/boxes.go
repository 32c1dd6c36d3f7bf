package charts

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Box is a row of a chart of distributions.
type Box struct {
	Name      string
	Hint      string
	Values    []float64 // needs at least one
	Reference bool
}

// Boxes is a chart of distributions. Each row shows Tukey's box over the values themselves.
type Boxes struct {
	Title, XTitle string
	Format        func(float64) string
	Rows          []Box
}

const rowHeight = 22

// Height is the chart's natural height.
func (b Boxes) Height() float64 { return rowHeight*float64(len(b.Rows)) + 52 }

// Draw draws the chart, which needs at least one row.
func (b Boxes) Draw(width float64) (Picture, error) {
	sh := newSheet(vg.Length(width), vg.Length(b.Height()))
	p := newPlot(b.XTitle, "")
	low, high := math.Inf(1), math.Inf(-1)
	var names []string
	for _, r := range b.Rows {
		names = append(names, r.Name)
		for _, v := range r.Values {
			low, high = min(low, v), max(high, v)
		}
	}
	scaleFor(&p.X, low, high, b.Format)
	var marks []plot.Plotter
	for i, r := range b.Rows {
		if r.Reference {
			marks = append(marks, level{x: middle(r.Values)})
		}
		box, err := plotter.NewBoxPlot(11, float64(len(b.Rows)-1-i), plotter.Values(r.Values))
		if err != nil {
			return Picture{}, fmt.Errorf("draw %s: %w", r.Name, err)
		}
		box.Horizontal = true
		box.FillColor, box.BoxStyle, box.MedianStyle = inkFaint, stroke(0.8, inkAccent), stroke(2, inkAccent)
		box.WhiskerStyle, box.CapWidth = stroke(0.8, inkAccent), 0
		box.GlyphStyle = draw.GlyphStyle{Color: inkSoft, Radius: 1.6, Shape: draw.CircleGlyph{}}
		marks = append(marks, box, rowHint{sh, float64(len(b.Rows) - 1 - i), r.Hint})
	}
	sh.drawRows(p, names, -14, marks...)
	return sh.picture(b.Title)
}

func middle(values []float64) float64 {
	box, err := plotter.NewBoxPlot(1, 0, plotter.Values(values))
	if err != nil {
		return math.NaN()
	}
	return box.Median
}

// drawRows draws a plot with one row per name, the first at the top, and a grid under the marks. crop leaves room
// for labels at the right.
func (sh *sheet) drawRows(p *plot.Plot, names []string, crop vg.Length, marks ...plot.Plotter) {
	sty := p.Y.Tick.Label
	sty.Font.Size, sty.Color = 11, inkText
	p.Y.Tick.Label, p.Y.Tick.Length, p.Y.Tick.LineStyle, p.Y.LineStyle = sty, 0, draw.LineStyle{}, draw.LineStyle{}
	p.Y.Padding = 4
	var ticks []plot.Tick
	for i, name := range names {
		ticks = append(ticks, plot.Tick{Value: float64(len(names) - 1 - i), Label: fit(name, sty, min(nameWidth, 0.42*(sh.Max.X-sh.Min.X)))})
	}
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	grid := plotter.NewGrid()
	grid.Vertical, grid.Horizontal = stroke(0.6, inkLine), draw.LineStyle{}
	p.Add(grid)
	p.Add(marks...)
	p.Y.Min, p.Y.Max = -0.6, float64(len(names))-0.4
	p.Draw(draw.Crop(sh.Canvas, 2, crop, 4, -6))
}

// level is a dashed line at the reference's value.
type level struct{ x float64 }

// Plot implements plot.Plotter.
func (l level) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	c.StrokeLine2(stroke(1, inkSoft, 3, 3), x(l.x), c.Min.Y, x(l.x), c.Max.Y)
}

// rowHint is a hint that covers a whole row.
type rowHint struct {
	sheet *sheet
	y     float64
	text  string
}

// Plot implements plot.Plotter.
func (r rowHint) Plot(c draw.Canvas, p *plot.Plot) {
	if _, y := p.Transforms(&c); r.text != "" {
		r.sheet.spots = append(r.sheet.spots, spot{c.Min.X, y(r.y) - rowHeight/2, c.Max.X - c.Min.X, rowHeight, r.text})
	}
}
