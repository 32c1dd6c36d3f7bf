package plan

import (
	"math"
	"os"
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
	tw := &tower{name: "image", products: products, best: best}
	units := tw.units(best, []Cost{{Tower: "image", Part: "q", Millis: &Interval{Value: 0.1}}, {Tower: "image", Part: "c_proj", Millis: &Interval{Value: 0.4}}, {Tower: "text", Part: "q", Millis: &Interval{Value: 9}}})
	require.Len(t, units, 2, "c_fc is not in low precision")
	assert.Equal(t, 1, units[0].product)
	assert.Greater(t, units[0].relief/units[0].cost, units[1].relief/units[1].cost)
	assert.Equal(t, []string{"image c_proj"}, named(tw, best.takes, []bool{false, true, false}))
	assert.Equal(t, []string{"the image tower"}, named(tw, best.takes, []bool{true, true, false}))
}

// TestSetsShareNoItem: sets take turns, and a full one is passed over.
func TestSetsShareNoItem(t *testing.T) {
	most, have, turn := split{1, 3, 2, 0}, split{}, 0
	var got []int
	for range 8 {
		at := most.next(have, &turn)
		if got = append(got, at); at >= 0 {
			have[at]++
		}
	}
	assert.Equal(t, []int{0, 1, 2, 1, 2, 1, -1, -1}, got)
}

func TestThin(t *testing.T) {
	var all []*mix
	for i := range 40 {
		all = append(all, &mix{drift: 1 / float64(1+i), cost: float64(i)}, &mix{drift: 1, cost: 50})
	}
	got := thin(all, 0.1, 8)
	require.Len(t, got, 8)
	assert.InDelta(t, 1, got[0].drift, 0)
	var drifts []float64
	for _, m := range got {
		assert.Less(t, m.cost, 50.0, "what another beats in both is gone")
		drifts = append(drifts, m.drift)
	}
	assert.Contains(t, drifts, 0.1, "the first within the limit")
	assert.Less(t, got[7].drift, 0.05)
	assert.Len(t, thin(all[:6], 0.1, 8), 3)
}

// TestPick: within budget and time the fastest; where none fits, the fastest within the budget; where none is
// within the budget, everything is kept.
func TestPick(t *testing.T) {
	pair := func(drift, time, high float64) combo {
		f := Figures{Image: drift, Text: drift}
		return combo{figures: f, time: Interval{time, time, high}}
	}
	int8 := Figures{Image: 1, Text: 1}
	whole := pair(0, 1.7, 1.7)
	all := []combo{pair(0.9, 1, 1), pair(0.4, 1.05, 1.2), pair(0.4, 1.08, 1.09), pair(0.1, 1.3, 1.4), whole}
	for _, c := range []struct {
		budget string
		time   float64
		want   int
	}{{"mean_abs=50%", 0, 1}, {"mean_abs=50%", 0.1, 2}, {"mean_abs=50%", 0.06, 1}, {"mean_abs=20%", 0.1, 3}, {"mean_abs=1%", 0.1, 4}, {"mean_abs=42%", 0, 3}} {
		b, err := ParseBudget(c.budget)
		require.NoError(t, err)
		p := &planner{cfg: Config{Budget: b}, out: Result{MaxTime: c.time}}
		assert.Equal(t, c.want, p.pick(all, int8), "%s in %g", c.budget, c.time)
	}
}

func TestWrite(t *testing.T) {
	row := func(name string, image float64, count int) Step {
		return Step{Name: name, Of: 4, Count: count, Schemes: []string{"int8-channel", ""}, Kept: []string{"image c_proj"}, Figures: Figures{Image: image, Text: image, CosineMin: 1}, Millis: Interval{2, 1, 3}, Time: Interval{1.05, 1, 1.1}, Chosen: name != "int8", Met: image < 0.03}
	}
	r := Result{Model: "m", Budget: "mean_abs=50%", MaxTime: 0.1, Class: "amd64-avx2", Saturates: true, Possible: true, Schemes: map[string]string{"image": "int8-channel", "text": "int8-reduce-range"},
		Missing:      []string{"text int8-static"},
		Steps:        []Step{{Name: "reference"}, row("int8", 0.05, 0), row("step 1", 0.02, 1), row("made", 0.02, 1)},
		Wholes:       []Whole{{"image", "int8-channel", 0.05, 1000, Interval{1.01, 1, 1.1}}},
		Costs:        []Cost{{Tower: "image", Part: "c_proj", Bytes: 3e6, Drift: map[string]float64{"int8": 0.04}}},
		Interactions: []Interaction{{"image", "int8-channel", 0.05, 0.2, 0.1}}}
	write := func() string {
		var b strings.Builder
		require.NoError(t, r.Write(&b))
		return b.String()
	}
	text := write()
	for _, want := range []string{"at most 10 % more time", "Possible: 1 of 4 products keep the original precision; drift is 40 % of int8's (images)", "| **step 1** | int8-channel / - | image c_proj | 1 of 4 |", "they interact", "int8-reduce-range is safe",
		"sums of the image tower (int8-channel) can saturate", "Left out, because derive does not make them: text int8-static", "took part in no decision"} {
		assert.Contains(t, text, want)
	}
	r.Possible, r.Steps[3].Met = false, false
	assert.Contains(t, write(), "Not possible: no mix")
	r.Decision = Decision{Met: true, Time: Interval{Value: 1.05}}
	assert.Contains(t, write(), "Missed: the model met the budget on the items to decide on")
	r.Budget, r.Steps[3].Certain = BudgetCertain, 0.95
	assert.Contains(t, write(), "Missed: on the items to decide on, no text query's best picture can change; on the items to judge on, that of 5 % of the text queries can: 1 of 4 products keep")
	r.Budget = "mean_abs=50%"
	r.Steps[3].Met, r.Steps[3].Time.Value, r.Decision.Time.Value = true, 1.2, 1.2
	assert.Contains(t, write(), "Not possible in that time")
	assert.Contains(t, write(), "met, too slow")
	r.Decision.Time.Value = 1.08
	assert.Contains(t, write(), "Missed: the time")
}

// TestItemsAreNotGuessed: a name that is a folder here and a dataset is refused; a path or a suite says which.
func TestItemsAreNotGuessed(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"single", "pictures"} {
		require.NoError(t, os.Mkdir(dir, 0o755))
	}
	of := func(items string) (folder, scenes bool, err error) {
		p := planner{cfg: Config{Items: items}}
		d, _, err := p.dataset()
		return d.Folder != nil, d.Scenes != nil, err
	}
	for items, wantFolder := range map[string]bool{"./single": true, "pictures": true, "default:single": false, "double": false} {
		folder, scenes, err := of(items)
		require.NoError(t, err, items)
		assert.Equal(t, [2]bool{wantFolder, !wantFolder}, [2]bool{folder, scenes}, items)
	}
	_, _, err := of("single")
	require.ErrorIs(t, err, ErrUsage)
	assert.ErrorContains(t, err, `items "single": the folder here and a dataset of the default suite have this name: write ./single for the folder, default:single for the dataset`)
	_, _, err = of("nothing")
	assert.ErrorIs(t, err, ErrUsage)
}

// TestSure: a mean below the budget is not enough where the items differ much.
func TestSure(t *testing.T) {
	half := Budget{Kind: BudgetMeanAbs, Value: 0.5, Share: true}
	int8 := []float64{1, 1, 1, 1}
	assert.True(t, half.sure([]float64{0.44, 0.46, 0.45, 0.45}, int8))
	assert.False(t, half.sure([]float64{0.2, 0.7, 0.2, 0.7}, int8), "the mean is as low")
	assert.True(t, half.sure([]float64{0.2, 0.7, 0.2, 0.7}, []float64{0.5, 1.5, 0.5, 1.5}), "int8 differs in the same way")
	assert.False(t, Budget{Kind: BudgetMeanAbs, Value: 0.4}.sure([]float64{0.44, 0.46, 0.45, 0.45}, nil))
	assert.True(t, Budget{Kind: BudgetCertain}.sure([]float64{9}, nil))
}

// TestPickKeepsLittle: of pairs that are about as fast, the one that keeps fewest products; one that other items
// may push over the budget is not taken.
func TestPickKeepsLittle(t *testing.T) {
	pair := func(time float64, kept int, unsure bool) combo {
		f := Figures{Image: 0.4, Text: 0.4}
		return combo{figures: f, time: Interval{time, time, time}, kept: kept, unsure: unsure}
	}
	p := &planner{cfg: Config{Budget: Budget{Kind: BudgetMeanAbs, Value: 0.5, Share: true}}}
	int8 := Figures{Image: 1, Text: 1}
	assert.Equal(t, 1, p.pick([]combo{pair(1.05, 9, false), pair(1.055, 3, false), pair(1.08, 1, false), pair(1, 0, true), pair(1.7, 40, false)}, int8))
}
