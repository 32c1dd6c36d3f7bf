package charts

import (
	"slices"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// places finds room for labels. No label overlaps another, a mark or the edge.
type places struct {
	inside vg.Rectangle
	taken  []vg.Rectangle
	lines  []vg.Rectangle // kept free if possible, but a label may cross one rather than be left out
}

func meet(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}

func (p *places) free(r vg.Rectangle, crossing bool) bool {
	if r.Min.X < p.inside.Min.X || r.Max.X > p.inside.Max.X || r.Min.Y < p.inside.Min.Y || r.Max.Y > p.inside.Max.Y {
		return false
	}
	for _, t := range p.taken {
		if meet(r, t) {
			return false
		}
	}
	return crossing || !slices.ContainsFunc(p.lines, func(t vg.Rectangle) bool { return meet(r, t) })
}

func around(at vg.Point, radius vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: at.X - radius, Y: at.Y - radius}, Max: vg.Point{X: at.X + radius, Y: at.Y + radius}}
}

// line records a vertical or horizontal line, which labels should avoid.
func (p *places) line(a, b vg.Point) {
	p.lines = append(p.lines, vg.Rectangle{
		Min: vg.Point{X: min(a.X, b.X) - 1, Y: min(a.Y, b.Y) - 1}, Max: vg.Point{X: max(a.X, b.X) + 1, Y: max(a.Y, b.Y) + 1},
	})
}

// beside finds room for a label near a mark and reserves it. ok is false when there is none.
func (p *places) beside(at vg.Point, radius vg.Length, label string, sty text.Style) (pt vg.Point, aligned text.Style, ok bool) {
	gap := radius + 3
	w, h := sty.Width(label)+2, sty.Height(label)
	for _, crossing := range []bool{false, true} {
		for _, far := range []vg.Length{0, 6, 14, 24, 36} {
			for _, try := range [][2]vg.Length{
				{gap, -h / 2}, {-gap - w, -h / 2}, {-w / 2, gap + far}, {-w / 2, -gap - h - far},
				{gap, gap/2 + far}, {gap, -gap/2 - h - far}, {-gap - w, gap/2 + far}, {-gap - w, -gap/2 - h - far},
			} {
				r := vg.Rectangle{Min: vg.Point{X: at.X + try[0], Y: at.Y + try[1]}}
				r.Max = vg.Point{X: r.Min.X + w, Y: r.Min.Y + h}
				if !p.free(r, crossing) {
					continue
				}
				p.taken = append(p.taken, r)
				sty.XAlign, sty.YAlign = draw.XLeft, draw.YBottom
				return vg.Point{X: r.Min.X + 1, Y: r.Min.Y}, sty, true
			}
		}
	}
	return vg.Point{}, sty, false
}
