package plan

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
)

func TestParseBudget(t *testing.T) {
	for text, want := range map[string]Budget{
		"mean_abs=0.02": {Kind: BudgetMeanAbs, Value: 0.02}, "mean_abs=50%": {Kind: BudgetMeanAbs, Value: 0.5, Share: true},
		"top1=1.5%": {Kind: BudgetTop1, Value: 0.015}, "certain": {Kind: BudgetCertain},
	} {
		b, err := ParseBudget(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, b)
		assert.Equal(t, text, b.String())
	}
	for _, text := range []string{"", "mean_abs", "mean_abs=", "mean_abs=x", "mean_abs=-1", "mean_abs=NaN", "top1=1", "top1=200%", "certain=1", "cosine=0.9"} {
		_, err := ParseBudget(text)
		assert.ErrorContains(t, err, "want mean_abs=X", text)
	}
}

func TestBudgetMet(t *testing.T) {
	int8 := Figures{Image: 0.04, Text: 0.02}
	f := Figures{Image: 0.02, Text: 0.009, Flips: 0.01, Certain: 0.99}
	for text, want := range map[string]bool{"mean_abs=0.02": true, "mean_abs=0.019": false, "mean_abs=50%": true, "mean_abs=49%": false, "top1=1%": true, "top1=0.9%": false, "certain": false} {
		b, err := ParseBudget(text)
		require.NoError(t, err)
		assert.Equal(t, want, b.met(f, int8), text)
	}
}

func TestFigures(t *testing.T) {
	rows := func(v ...float32) encoders.Embeddings { return encoders.Embeddings{N: len(v) / 2, Dim: 2, Data: v} }
	images, texts := rows(1, 0, 0, 1), rows(2, 0.1, 0, 3)
	same := figuresOf(images, texts, images, texts)
	assert.Equal(t, Figures{CosineMin: 1, Certain: 1}, same)
	// The first text turns to the second picture: one of two queries flips, and none is certain of a drift of that size.
	turned := figuresOf(images, rows(0, 2, 0, 3), images, texts)
	assert.InDelta(t, 0.5, turned.Flips, 0)
	assert.InDelta(t, (2+1.9)/4, turned.Text, 1e-6)
	assert.InDelta(t, 0.5, turned.Certain, 0, "the other text did not move")
	assert.InDelta(t, 0.05, turned.CosineMin, 0.01)
	broken := figuresOf(rows(float32(math.NaN()), 0, 0, 1), texts, images, texts)
	assert.Equal(t, math.MaxFloat64, broken.Image, "no budget is met, and JSON can say it")
}

func TestMedian(t *testing.T) {
	m := median([]float64{5, 1, 4, 2, 3, 6, 7})
	assert.Equal(t, 4.0, m.Value)
	assert.Equal(t, 1.0, m.Low)
	assert.Equal(t, 7.0, m.High)
	assert.Equal(t, Interval{2, 2, 2}, ratio([]float64{1, 2, 3}, []float64{2, 4, 6}))
}

// TestUnitsAreKeptByDriftForTime: what relieves most drift for its time comes first.
func TestUnitsAreKeptByDriftForTime(t *testing.T) {
	products := []blocks.Product{{Kind: "q", Values: 10}, {Kind: "c_proj", Values: 10}, {Kind: "c_fc", Values: 10}}
	best := &scheme{name: "int8", takes: []bool{true, true, false}, singles: []float64{0.01, 0.04, 0}, whole: 0.05}
	tw := &tower{name: "image", products: products, best: best, schemes: map[string]*scheme{"int8": best}}
	p := &planner{towers: []*tower{tw, {name: "text", best: &scheme{}}}}
	p.out.Costs = []Cost{{Tower: "image", Part: "q", Millis: &Interval{Value: 0.1}}, {Tower: "image", Part: "c_proj", Millis: &Interval{Value: 0.4}}}
	units := p.units()
	require.Len(t, units, 2, "c_fc is not in low precision")
	assert.Equal(t, 1, units[0].product)
	assert.Greater(t, units[0].relief/units[0].cost, units[1].relief/units[1].cost)
	assert.Equal(t, []string{"image c_proj"}, named(tw, []bool{false, true, false}))
}

func TestWrite(t *testing.T) {
	row := func(name string, image float64, count int) Step {
		return Step{Name: name, Of: 4, Count: count, Kept: []string{"image c_proj"}, Figures: Figures{Image: image, Text: image, CosineMin: 1}, Millis: Interval{2, 1, 3}, Time: Interval{1.05, 1, 1.1}, Chosen: name != "int8", Met: image < 0.03}
	}
	r := Result{Model: "m", Budget: "mean_abs=50%", Class: "amd64-avx2", Saturates: true, Possible: true, Schemes: map[string]string{"image": "int8-channel", "text": "int8-reduce-range"},
		Steps:        []Step{{Name: "reference"}, row("int8", 0.05, 0), row("step 1", 0.02, 1), row("made", 0.02, 1)},
		Wholes:       []Whole{{"image", "int8-channel", 0.05, 1000}},
		Costs:        []Cost{{Tower: "image", Part: "c_proj", Bytes: 3e6, Drift: map[string]float64{"int8": 0.04}}},
		Interactions: []Interaction{{"image", "int8-channel", 0.05, 0.2, 0.1}}}
	var b strings.Builder
	require.NoError(t, r.Write(&b))
	for _, want := range []string{"Possible: 1 of 4 products are kept; drift is 40 % of int8's (images)", "| **step 1** | image c_proj | 1 of 4 |", "they interact", "int8-reduce-range is safe", "sums of the image tower (int8-channel) can saturate"} {
		assert.Contains(t, b.String(), want)
	}
}
