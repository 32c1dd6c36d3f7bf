package history

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/guptarohit/asciigraph"
)

// bars are the heights of a sparkline.
var bars = []rune("▁▂▃▄▅▆▇█")

// spark draws a series with one character per night, scaled to the range of the series. A night without a
// value is a blank, and a series that never changes is flat.
func spark(s Series) string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range s.Points {
		if p.Value != nil {
			low, high = min(low, *p.Value), max(high, *p.Value)
		}
	}
	var b strings.Builder
	for _, p := range s.Points {
		switch {
		case p.Value == nil:
			b.WriteByte(' ')
		case high == low:
			b.WriteRune(bars[3])
		default:
			b.WriteRune(bars[int(math.Round((*p.Value-low)/(high-low)*float64(len(bars)-1)))])
		}
	}
	return b.String()
}

// plotWidth (approximate) and plotHeight are the size of a plot, in characters.
const plotWidth, plotHeight = 72, 10

// writePlot draws each series together with its level between the steps.
func writePlot(w io.Writer, h *History) error {
	var b strings.Builder
	for _, s := range h.Series {
		scale := 1.0
		if s.Kind == Score {
			scale = 100
		}
		var values, levels []float64
		for i, p := range s.Points {
			v := math.NaN() // a gap
			if p.Value != nil {
				v = scale * *p.Value
			}
			// Repeat each night up to the full width, so that no slope is drawn between two nights.
			for range max(2, plotWidth/len(s.Points)) {
				values, levels = append(values, v), append(levels, scale*s.level(i))
			}
		}
		fmt.Fprintf(&b, "%s (%s), %s to %s\n", s.Name(), strings.ToLower(titles[s.Kind]), day(h.Nights[s.Points[0].Night]), day(h.Nights[s.Points[len(s.Points)-1].Night]))
		b.WriteString(asciigraph.PlotMany([][]float64{levels, values}, asciigraph.Height(plotHeight), asciigraph.Precision(4)))
		b.WriteByte('\n')
		for _, line := range s.events(h) {
			fmt.Fprintf(&b, "  %s\n", line)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// level is the mean of the nights around a point, between its neighbouring steps or breaks.
func (s *Series) level(point int) float64 {
	from, to := 0, len(s.Points)
	at := func(p int) {
		if p <= point {
			from = max(from, p)
		} else {
			to = min(to, p)
		}
	}
	for _, x := range s.Steps {
		at(x.Point)
	}
	for _, x := range s.Breaks {
		at(x.Point)
	}
	sum, n := 0.0, 0
	for _, p := range s.Points[from:to] {
		if p.Value != nil {
			sum, n = sum+*p.Value, n+1
		}
	}
	return sum / float64(n)
}
