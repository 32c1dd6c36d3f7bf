package charts

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Point is a mark of a scatter chart.
type Point struct {
	Name      string
	Hint      string // shown when a pointer is on the mark
	X, Y      float64
	Low, High float64 // interval of Y; NaN draws none
	Reference bool
}

// Scatter is a chart of costs (X, less is better) against gains (Y, more is better). The points that no
// other point beats in both form the Pareto front. Their marks are filled and joined by a line.
type Scatter struct {
	Title, XTitle, YTitle string
	XFormat, YFormat      func(float64) string
	Points                []Point
}

// Front has the indices of the points that no other point beats, sorted by cost. A point beats another
// when it costs no more and gains no less, and is better in one of the two.
func Front(points []Point) []int {
	var out []int
	for i, p := range points {
		beaten := slices.ContainsFunc(points, func(q Point) bool {
			return q.X <= p.X && q.Y >= p.Y && (q.X < p.X || q.Y > p.Y)
		})
		if !beaten {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(points[a].X, points[b].X) })
	return out
}

// Draw draws the chart, which needs at least one point.
func (s Scatter) Draw(width, height float64) (Picture, error) {
	sh := newSheet(vg.Length(width), vg.Length(height))
	p := newPlot(s.XTitle, s.YTitle)
	lowX, highX, lowY, highY := s.window()
	scaleFor(&p.X, lowX, highX, s.XFormat)
	scaleFor(&p.Y, lowY, highY, s.YFormat)
	// The score axis is linear, so that a lost point has the same length everywhere.
	p.Y.Scale, p.Y.Tick.Marker = plot.LinearScale{}, linearTicks(6, s.YFormat)
	grid := plotter.NewGrid()
	grid.Horizontal, grid.Vertical = stroke(0.6, inkLine), draw.LineStyle{}
	marks := &marks{chart: s, sheet: sh, front: Front(s.Points)}
	p.Add(grid, marks)
	p.Draw(draw.Crop(sh.Canvas, 6, -12, 6, -8))
	return sh.picture(s.Title)
}

// window is the range of the axes. A few points far below or far right of the others would squeeze the
// others together, so they are drawn at the edge instead.
func (s Scatter) window() (lowX, highX, lowY, highY float64) {
	var xs, ys []float64
	for _, q := range s.Points {
		xs, ys = append(xs, math.Log(max(q.X, 1e-9))), append(ys, -q.Y)
	}
	farX, farY := math.Exp(far(xs)), -far(ys)
	lowX, highX, lowY, highY = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, q := range s.Points {
		if q.X <= farX*(1+1e-12) {
			lowX, highX = min(lowX, q.X), max(highX, q.X)
		}
		if q.Y < farY-1e-12 {
			continue
		}
		lowY, highY = min(lowY, q.Y), max(highY, q.Y)
		if !math.IsNaN(q.Low) && !math.IsNaN(q.High) {
			lowY, highY = min(lowY, q.Low), max(highY, q.High)
		}
	}
	return lowX, highX, lowY, highY
}

// far is the largest value that is no outlier. It leaves out up to a third of the values when the range of
// the rest is then less than a third of the full range.
func far(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	for keep := n - 1; keep >= n-n/3; keep-- {
		if all, rest := values[n-1]-values[0], values[keep-1]-values[0]; keep > 2 && rest > 0 && rest < all/3 && values[keep]-values[keep-1] > rest {
			return values[keep-1]
		}
	}
	return values[n-1]
}

// marks draws the points.
type marks struct {
	chart Scatter
	sheet *sheet
	front []int
}

const radius = 4.5

// Plot implements plot.Plotter.
func (m *marks) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	room := &places{inside: vg.Rectangle{Min: vg.Point{X: c.Min.X - 2, Y: c.Min.Y - 4}, Max: vg.Point{X: c.Max.X + 8, Y: c.Max.Y + 6}}}
	at := make([]vg.Point, len(m.chart.Points))
	for i, q := range m.chart.Points {
		at[i] = vg.Point{X: min(x(q.X), c.Max.X), Y: max(y(q.Y), c.Min.Y)}
		room.taken = append(room.taken, around(at[i], radius))
		if q.Reference {
			room.line(vg.Point{X: c.Min.X, Y: at[i].Y}, vg.Point{X: c.Max.X, Y: at[i].Y})
			c.StrokeLine2(stroke(1, inkSoft, 3, 3), c.Min.X, at[i].Y, c.Max.X, at[i].Y)
		}
	}
	for i, q := range m.chart.Points {
		if !math.IsNaN(q.Low) && !math.IsNaN(q.High) && q.High > q.Low {
			low, high := vg.Point{X: at[i].X, Y: max(y(q.Low), c.Min.Y)}, vg.Point{X: at[i].X, Y: max(y(q.High), c.Min.Y)}
			c.StrokeLine2(stroke(4, inkFaint), low.X, low.Y, high.X, high.Y)
			room.line(low, high)
		}
	}
	m.frontLine(&c, room, at)
	for i := range m.chart.Points {
		q := m.chart.Points[i]
		m.mark(&c, i, at[i], x(q.X) > c.Max.X+1, y(q.Y) < c.Min.Y-1)
	}
	m.labels(&c, room, at)
}

func (m *marks) frontLine(c *draw.Canvas, room *places, at []vg.Point) {
	var line []vg.Point
	for k, i := range m.front {
		if k > 0 {
			line = append(line, vg.Point{X: at[i].X, Y: line[len(line)-1].Y})
		}
		line = append(line, at[i])
	}
	for k := 1; k < len(line); k++ {
		room.line(line[k-1], line[k])
	}
	if len(line) > 1 {
		c.StrokeLines(stroke(1.5, inkAccent), line)
	}
}

// mark draws a point. A point beyond the window becomes an arrow at its edge.
func (m *marks) mark(c *draw.Canvas, i int, at vg.Point, right, below bool) {
	m.sheet.hint(at, radius+2, m.chart.Points[i].Hint)
	if right || below {
		tip := []vg.Point{{X: at.X - 5, Y: at.Y + 4}, {X: at.X + 5, Y: at.Y + 4}, {X: at.X, Y: at.Y - 5}}
		if right && !below {
			tip = []vg.Point{{X: at.X - 4, Y: at.Y + 5}, {X: at.X - 4, Y: at.Y - 5}, {X: at.X + 5, Y: at.Y}}
		}
		c.FillPolygon(inkSoft, tip)
		return
	}
	onFront := slices.Contains(m.front, i)
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: inkPaper, Radius: radius + 1, Shape: draw.CircleGlyph{}}, at)
	colour, shape := inkAccent, draw.GlyphDrawer(draw.CircleGlyph{})
	if !onFront {
		colour = inkSoft
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: inkSoft, Radius: radius, Shape: draw.CircleGlyph{}}, at)
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: inkPaper, Radius: radius - 1.5, Shape: draw.CircleGlyph{}}, at)
	} else {
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: colour, Radius: radius, Shape: shape}, at)
	}
}

// labels names the reference, then the front, and then the others while there is room. Variants at the
// same place share a label.
func (m *marks) labels(c *draw.Canvas, room *places, at []vg.Point) {
	order := make([]int, len(m.chart.Points))
	rank := func(i int) int {
		switch {
		case m.chart.Points[i].Reference:
			return 0
		case slices.Contains(m.front, i):
			return 1
		}
		return 2
	}
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rank(a), rank(b)) })
	var done []vg.Point
	for _, i := range order {
		if slices.ContainsFunc(done, func(d vg.Point) bool { return math.Hypot(float64(d.X-at[i].X), float64(d.Y-at[i].Y)) < 2 }) {
			continue
		}
		done = append(done, at[i])
		sty := style(10.5, inkText, draw.XLeft, draw.YBottom)
		if rank(i) == 2 {
			sty.Color = inkSoft
		}
		name := fit(m.chart.Points[i].Name, sty, 150)
		if off := m.chart.off(m.chart.Points[i]); off != "" {
			name += " " + off
		}
		if n := m.together(i, at); n > 1 {
			name += " +" + Short(float64(n-1))
		}
		if pt, aligned, ok := room.beside(at[i], radius, name, sty); ok {
			c.FillText(aligned, pt, name)
		}
	}
}

// off says where a point beyond the window is.
func (s Scatter) off(q Point) string {
	_, highX, lowY, _ := s.window()
	switch {
	case q.X > highX:
		return "(" + s.XFormat(math.Round(q.X*10)/10) + ")"
	case q.Y < lowY:
		return "(" + s.YFormat(math.Round(q.Y*10)/10) + ")"
	}
	return ""
}

// together is the number of points at the place of this point, including itself.
func (m *marks) together(i int, at []vg.Point) (n int) {
	for _, q := range at {
		if math.Hypot(float64(q.X-at[i].X), float64(q.Y-at[i].Y)) < 2 {
			n++
		}
	}
	return n
}
