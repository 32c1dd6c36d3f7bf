package charts

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Cell is a cell of a heat map. Step is from 0 to Hottest; below 0 means that nothing was measured.
type Cell struct {
	Step int
	Text string
	Hint string
}

// Heat is a table of coloured cells.
type Heat struct {
	Title   string
	Columns []string
	Rows    []string
	Cells   [][]Cell // by row, then by column
	Legend  []string // a text for each step from 0, or ""
}

const (
	cellHeight = 22
	headHeight = 34
	nameWidth  = 190

	columnWidth = 62
	legendBox   = 40 // nine of them fit on a phone
)

// Size is the natural width and height of the map.
func (h Heat) Size() (width, height float64) {
	return max(h.names()+columnWidth*float64(len(h.Columns)), legendBox*float64(len(h.Legend))) + 8, headHeight + cellHeight*float64(len(h.Rows)) + 38
}

// names is the width of the column of names.
func (h Heat) names() float64 {
	sty, widest := style(11, inkText, draw.XLeft, draw.YCenter), vg.Length(60)
	for _, r := range h.Rows {
		widest = max(widest, sty.Width(clean(r)))
	}
	return min(widest.Points(), nameWidth) + 12
}

// Draw draws the map in its natural size.
func (h Heat) Draw() (Picture, error) {
	width, height := h.Size()
	sh := newSheet(vg.Length(width), vg.Length(height))
	top, left := vg.Length(height-headHeight), vg.Length(h.names())
	w := vg.Length(columnWidth)
	area := draw.Crop(sh.Canvas, left, left+w*vg.Length(len(h.Columns))-vg.Length(width), 38, -headHeight)
	p := newPlot("", "")
	p.HideAxes()
	p.X.Padding, p.Y.Padding = 0, 0
	m := plotter.NewHeatMap(grid{h}, steps{})
	m.Min, m.Max, m.NaN = 0, Hottest, inkPaper
	p.Add(m)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = p.X.Min-1e-6, p.X.Max+1e-6, p.Y.Min-1e-6, p.Y.Max+1e-6 // gonum leaves out a cell that rounding puts outside the range
	p.Draw(area)
	for k, name := range h.Columns {
		sty := style(10.5, inkSoft, draw.XCenter, draw.YBottom)
		sh.FillText(sty, vg.Point{X: left + w*(vg.Length(k)+0.5), Y: top + 6}, fit(name, sty, w-4))
	}
	for i, name := range h.Rows {
		y := top - cellHeight*(vg.Length(i)+0.5)
		sty := style(11, inkText, draw.XLeft, draw.YCenter)
		sh.FillText(sty, vg.Point{X: 2, Y: y}, fit(name, sty, left-12))
		for k, cell := range h.Cells[i] {
			h.cell(sh, cell, vg.Point{X: left + w*(vg.Length(k)+0.5), Y: y}, w)
		}
	}
	h.legend(sh)
	return sh.picture(h.Title)
}

func (h Heat) cell(sh *sheet, cell Cell, at vg.Point, w vg.Length) {
	colour := inkSoft
	if cell.Step >= 0 {
		colour = onHeat(cell.Step)
	}
	// Leave a thin gap between cells.
	sh.StrokeLines(stroke(1, inkPaper), []vg.Point{
		{X: at.X - w/2, Y: at.Y - cellHeight/2}, {X: at.X + w/2, Y: at.Y - cellHeight/2},
		{X: at.X + w/2, Y: at.Y + cellHeight/2}, {X: at.X - w/2, Y: at.Y + cellHeight/2}, {X: at.X - w/2, Y: at.Y - cellHeight/2},
	})
	sty := style(10.5, colour, draw.XCenter, draw.YCenter)
	sh.FillText(sty, at, fit(cell.Text, sty, w-4))
	if cell.Hint != "" {
		sh.spots = append(sh.spots, spot{at.X - w/2, at.Y - cellHeight/2, w, cellHeight, cell.Hint})
	}
}

// legend begins at the left edge, so that it fits on a phone.
func (h Heat) legend(sh *sheet) {
	const box, y = legendBox, 8
	for k, text := range h.Legend {
		x := 2 + vg.Length(k*box)
		rectangle(&sh.Canvas, heat(k), x, y+10, x+box-2, y+18)
		sty := style(9, inkSoft, draw.XCenter, draw.YTop)
		sh.FillText(sty, vg.Point{X: x + box/2 - 1, Y: y + 8}, fit(text, sty, box-2))
	}
}

// grid passes the cells to gonum's heat map, whose rows go upwards.
type grid struct{ h Heat }

func (g grid) Dims() (c, r int) { return len(g.h.Columns), len(g.h.Rows) }
func (g grid) X(c int) float64  { return float64(c) }
func (g grid) Y(r int) float64  { return float64(r) }
func (g grid) Z(c, r int) float64 {
	step := g.h.Cells[len(g.h.Rows)-1-r][c].Step
	if step < 0 {
		return math.NaN()
	}
	return float64(step)
}

// steps is the heat scale.
type steps struct{}

var _ palette.Palette = steps{}

// Colors implements palette.Palette.
func (steps) Colors() []color.Color {
	var out []color.Color
	for k := range Hottest + 1 {
		out = append(out, heat(k))
	}
	return out
}
