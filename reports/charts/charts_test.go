package charts

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot"
)

const evil = `</title><script>alert("x")</script>&` + "\x00\x1b"

// drawings is a chart of each kind with names that try to break it.
func drawings(t *testing.T) map[string]Picture {
	t.Helper()
	out := map[string]Picture{}
	keep := func(name string, p Picture, err error) {
		require.NoError(t, err, name)
		out[name] = p
	}
	nan := math.NaN()
	p, err := Scatter{Title: evil, XTitle: "ms", YTitle: "%", XFormat: Short, YFormat: Short, Points: []Point{
		{Name: evil, Hint: evil, X: 1, Y: 20, Low: nan, High: nan, Reference: true}, {Name: "b", X: 2, Y: 30, Low: 10, High: 31},
	}}.Draw(400, 300)
	keep("scatter", p, err)
	p, err = Heat{Title: "h", Columns: []string{evil, "b"}, Rows: []string{evil}, Cells: [][]Cell{{{Step: 3, Text: evil, Hint: evil}, {Step: -1, Text: "-"}}}, Legend: []string{"0"}}.Draw()
	keep("heat", p, err)
	p, err = Boxes{Title: "b", XTitle: "ms", Format: Short, Rows: []Box{{Name: evil, Hint: evil, Values: []float64{1, 2, 3, 4}, Reference: true}, {Name: "one", Values: []float64{2}}}}.Draw(400)
	keep("boxes", p, err)
	p, err = Waterfall{Title: "w", XTitle: "d", Format: Short, Steps: []Step{{Name: evil, Size: 1, Label: evil}, {Name: "all", Size: 2, Total: true}}}.Draw(400)
	keep("waterfall", p, err)
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	p, err = Line{Title: "l", YTitle: "%", Format: Short, Nights: []Night{{At: day, Y: 1, Hint: evil}, {At: day.AddDate(0, 0, 1), Y: nan}, {At: day.AddDate(0, 0, 2), Y: 3, Step: evil, Bad: true}}}.Draw(300, 150)
	keep("line", p, err)
	return out
}

func TestWellFormed(t *testing.T) {
	for name, p := range drawings(t) {
		for _, svg := range []string{p.Inline("x"), p.Standalone()} {
			d := xml.NewDecoder(strings.NewReader(svg))
			d.Strict = true
			for {
				token, err := d.Token()
				if token == nil {
					assert.ErrorContains(t, err, "EOF", name)
					break
				}
				if e, ok := token.(xml.StartElement); ok {
					assert.Contains(t, []string{"svg", "g", "path", "text", "rect", "title", "style"}, e.Name.Local, name)
				}
			}
			assert.NotContains(t, svg, "#01020", "%s: every stand-in has become a variable", name)
			assert.NotContains(t, svg, "\x1b", name)
			assert.NotContains(t, svg, "NaN", name)
			assert.NotContains(t, svg, "Inf", name)
		}
		assert.Contains(t, p.Standalone(), "prefers-color-scheme", name)
	}
}

func TestSameTwice(t *testing.T) {
	assert.Equal(t, drawings(t), drawings(t))
}

func TestFront(t *testing.T) {
	points := func(xy ...float64) (out []Point) {
		for i := 0; i < len(xy); i += 2 {
			out = append(out, Point{X: xy[i], Y: xy[i+1]})
		}
		return out
	}
	for _, c := range []struct {
		name   string
		points []Point
		want   []int
	}{
		{"one", points(1, 1), []int{0}},
		{"all, by cost", points(3, 3, 1, 1, 2, 2), []int{1, 2, 0}},
		{"beaten in both", points(1, 2, 2, 1), []int{0}},
		{"as dear, worse", points(1, 2, 1, 1), []int{0}},
		{"as good, dearer", points(1, 2, 2, 2), []int{0}},
		{"the same twice", points(1, 2, 1, 2), []int{0, 1}},
		{"none", nil, nil},
	} {
		assert.Equal(t, c.want, Front(c.points), c.name)
	}
}

func TestFar(t *testing.T) {
	assert.Equal(t, 4.0, far([]float64{4, 1, 2, 3}), "all belong together")
	assert.Equal(t, 4.0, far([]float64{1, 2, 3, 4, 100}))
	assert.Equal(t, 100.0, far([]float64{1, 2, 100}), "of three, none is an outlier")
	assert.Equal(t, 100.0, far([]float64{1, 50, 60, 100}))
}

func TestFit(t *testing.T) {
	sty := style(11, inkText, 0, 0)
	assert.Equal(t, "short", fit("short", sty, 200))
	cut := fit("openclip/ViT-H-14/a-long-name/fp16", sty, 90)
	assert.LessOrEqual(t, sty.Width(cut).Points(), 90.0)
	assert.True(t, strings.HasPrefix(cut, "open") && strings.HasSuffix(cut, "fp16"), cut)
	assert.Equal(t, "…", fit("wide", sty, 1))
}

func TestTicks(t *testing.T) {
	labels := func(low, high float64, log bool) (out []string) {
		ticks := linearTicks(5, Short)
		if log {
			ticks = logTicks(Short)
		}
		for _, x := range ticks(low, high) {
			out = append(out, x.Label)
		}
		return out
	}
	assert.Equal(t, []string{"0", "20", "40", "60", "80", "100"}, labels(0, 100, false))
	assert.Equal(t, []string{"-0.2", "0", "0.2"}, labels(-0.3, 0.3, false)[:3])
	assert.Equal(t, []string{"1", "2", "5", "10", "20"}, labels(0.9, 25, true))
	assert.Equal(t, []string{"0.001", "0.01", "0.1", "1", "10", "100"}, labels(0.001, 100, true))
	assert.LessOrEqual(t, len(labels(0, 1e-9, false)), 8, fmt.Sprint(labels(0, 1e-9, false)))
}

// TestLeastSpan: values that hardly differ do not fill the axis, as if it were a cliff.
func TestLeastSpan(t *testing.T) {
	var a plot.Axis
	scaleFor(&a, 38.2, 38.4, Short)
	assert.Greater(t, a.Max-a.Min, 1.5)
	assert.InDelta(t, 38.3, (a.Max+a.Min)/2, 0.1)
	scaleFor(&a, 10, 40, Short)
	assert.InDelta(t, 8.2, a.Min, 0.1, "a wide one is as it was")
}
