package charts

import (
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Night is a point of a line.
type Night struct {
	At   time.Time
	Y    float64 // NaN: not measured, so the line has a gap
	Hint string
	Step string // set on the first night of a new level: the text about the step
	Bad  bool   // the step is for the worse
}

// Line is a metric over nights. The chart is small, because many stand side by side.
type Line struct {
	Title  string
	YTitle string
	Format func(float64) string
	Nights []Night
}

// Draw draws the chart, which needs at least one measured night.
func (l Line) Draw(width, height float64) (Picture, error) {
	sh := newSheet(vg.Length(width), vg.Length(height))
	p := newPlot("", l.YTitle)
	low, high := math.Inf(1), math.Inf(-1)
	for _, n := range l.Nights {
		if !math.IsNaN(n.Y) {
			low, high = min(low, n.Y), max(high, n.Y)
		}
	}
	scaleFor(&p.Y, low, high, l.Format)
	p.Y.Scale, p.Y.Tick.Marker = plot.LinearScale{}, linearTicks(4, l.Format)
	if room := (high - low) * 0.15; room > 0 {
		p.Y.Min, p.Y.Max = low-room, high+room
	}
	first, last := l.Nights[0].At, l.Nights[len(l.Nights)-1].At
	p.X.Min, p.X.Max = 0, last.Sub(first).Hours()
	if p.X.Max == 0 {
		p.X.Min, p.X.Max = -1, 1 // a single night stands in the middle
	}
	p.X.Tick.Marker = l.dates(vg.Length(width))
	grid := plotter.NewGrid()
	grid.Horizontal, grid.Vertical = stroke(0.6, inkLine), draw.LineStyle{}
	p.Add(grid, nights{l, sh, first})
	p.Draw(draw.Crop(sh.Canvas, 4, -20, 4, -18))
	return sh.picture(l.Title)
}

// dates are the ticks for the first and last night, and for nights in between while there is room.
func (l Line) dates(width vg.Length) plot.ConstantTicks {
	first := l.Nights[0].At
	n := min(len(l.Nights), max(2, int(width/90)))
	var out plot.ConstantTicks
	told := ""
	for k := range n {
		at := l.Nights[k*(len(l.Nights)-1)/max(n-1, 1)].At
		text := at.Format("02 Jan")
		if text == told {
			continue
		}
		told = text
		if span := l.Nights[len(l.Nights)-1].At.Sub(first).Hours(); len(out) > 0 && at.Sub(first).Hours()-out[len(out)-1].Value < span*float64(64/width) {
			continue // its text would overlap the one before it
		}
		out = append(out, plot.Tick{Value: at.Sub(first).Hours(), Label: text})
	}
	return out
}

type nights struct {
	chart Line
	sheet *sheet
	first time.Time
}

// Plot implements plot.Plotter.
func (n nights) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	room := &places{inside: vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: c.Min.Y - 4}, Max: vg.Point{X: n.sheet.Max.X - 2, Y: n.sheet.Max.Y - 1}}}
	var run []vg.Point
	flush := func() {
		if len(run) > 1 {
			c.StrokeLines(stroke(1.5, inkAccent), run)
		}
		run = nil
	}
	var at []vg.Point
	for _, night := range n.chart.Nights {
		pt := vg.Point{X: x(night.At.Sub(n.first).Hours()), Y: y(night.Y)}
		at = append(at, pt)
		if math.IsNaN(night.Y) {
			flush()
			continue
		}
		run = append(run, pt)
		room.taken = append(room.taken, around(pt, 3))
	}
	flush()
	for i, night := range n.chart.Nights {
		if math.IsNaN(night.Y) {
			continue
		}
		r, colour := vg.Length(2), inkAccent
		if night.Step != "" {
			r, colour = 4, inkGood
			if night.Bad {
				colour = inkBad
			}
			c.StrokeLine2(stroke(1, colour, 3, 3), at[i].X, c.Min.Y, at[i].X, c.Max.Y)
			sty := style(10, colour, draw.XLeft, draw.YBottom)
			text := fit(night.Step, sty, c.Max.X-c.Min.X)
			if pt, aligned, ok := room.beside(vg.Point{X: at[i].X, Y: c.Max.Y + 2}, 1, text, sty); ok {
				c.FillText(aligned, pt, text)
			}
		}
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: colour, Radius: r, Shape: draw.CircleGlyph{}}, at[i])
		n.sheet.hint(at[i], 6, night.Hint)
	}
}
