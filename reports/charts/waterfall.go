package charts

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Step is a bar of a waterfall. It begins where the bar before it ended.
type Step struct {
	Name  string
	Size  float64
	Label string // written at the end of the bar
	Hint  string
	Total bool // the bar begins at 0 and stands for the whole
}

// Waterfall shows how parts add up to a whole, or that they do not add up.
type Waterfall struct {
	Title, XTitle string
	Format        func(float64) string
	Steps         []Step
}

// Height is the chart's natural height.
func (w Waterfall) Height() float64 { return 26*float64(len(w.Steps)) + 50 }

// Draw draws the chart, which needs at least one step.
func (w Waterfall) Draw(width float64) (Picture, error) {
	sh := newSheet(vg.Length(width), vg.Length(w.Height()))
	p := newPlot(w.XTitle, "")
	var names []string
	at, most := 0.0, 0.0
	for _, s := range w.Steps {
		names = append(names, s.Name)
		if s.Total {
			at = 0
		}
		at += s.Size
		most = max(most, at)
	}
	if most == 0 {
		most = 1
	}
	p.X.Min, p.X.Max = 0, most*1.04
	p.X.Tick.Marker = linearTicks(5, w.Format)
	sh.drawRows(p, names, -64, bars{w, sh})
	return sh.picture(w.Title)
}

type bars struct {
	chart Waterfall
	sheet *sheet
}

// Plot implements plot.Plotter.
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := 0.0
	for i, s := range b.chart.Steps {
		row := y(float64(len(b.chart.Steps) - 1 - i))
		colour := inkAccent
		if s.Total {
			at, colour = 0, inkSoft
		}
		from, to := x(at), x(at+s.Size)
		rectangle(&c, colour, from, row-8, max(to, from+1.5), row+8)
		at += s.Size
		if i+1 < len(b.chart.Steps) && !b.chart.Steps[i+1].Total {
			c.StrokeLine2(stroke(0.8, inkSoft, 2, 2), to, row-8, to, row-18)
		}
		sty := style(10.5, inkText, draw.XLeft, draw.YCenter)
		c.FillText(sty, vg.Point{X: max(to, from+1.5) + 5, Y: row}, fit(s.Label, sty, b.sheet.Max.X-to-8))
		rowHint{b.sheet, float64(len(b.chart.Steps) - 1 - i), s.Hint}.Plot(c, p)
	}
}
