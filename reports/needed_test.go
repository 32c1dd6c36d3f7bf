package reports

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
)

func TestQueriesNeeded(t *testing.T) {
	// One comparison: an interval of +-2 points about a difference of 2 points is just not shown; with
	// (1.96+0.84)^2/1.96^2 = 2.04 times the queries it is, four times of five.
	s := score{Queries: 100, Delta: -0.02, DeltaLow: -0.04, DeltaHigh: 0, PHolm: 0.06, Comparisons: 1}
	assert.EqualValues(t, 205, queriesNeeded(s))
	s.Comparisons = 50
	assert.Greater(t, queriesNeeded(s), number(400), "shared by many comparisons the level is stricter")
	for name, change := range map[string]func(*score){
		"shown": func(s *score) { s.PHolm = 0.04 }, "none": func(s *score) { s.Delta = 0 }, "not tested": func(s *score) { s.Comparisons = 0 },
		"the same in every resample": func(s *score) { s.DeltaLow, s.DeltaHigh = -0.02, -0.02 },
	} {
		other := s
		change(&other)
		assert.False(t, queriesNeeded(other).known(), name)
	}
}

func TestRounded(t *testing.T) {
	assert.Equal(t, "1300", rounded(1234))
	assert.Equal(t, "7", rounded(7))
}

func TestZeroShotSection(t *testing.T) {
	res := full()
	for i, v := range []string{"onnx/mini", "int8/mini"} {
		for k, metric := range []string{"acc@1", "acc@5", "mean_per_class_recall"} {
			value := 0.5 + 0.1*float64(k)
			s := store.Score{Dataset: "one", Variant: v, Direction: "i2t", Metric: metric, Value: value, CILow: value - 0.03, CIHigh: value + 0.03, NQueries: 500}
			if i > 0 {
				s.Delta, s.DeltaLow, s.DeltaHigh, s.PValue = new(-0.2), new(-0.25), new(-0.15), new(1e-9)
			}
			res.Scores = append(res.Scores, s)
		}
	}
	text := render(t, "md", res)
	lines := tableOf(text, "## Zero-shot classification")
	assert.Contains(t, lines[0], "| one top 1 ")
	assert.Contains(t, lines[2], "| 50.0 ±3.0      | 60.0 ±3.0      | 70.0 ±3.0")
	assert.Contains(t, lines[3], "(-20.0 *)")
	assert.Contains(t, text, "int8/mini: i2t acc@1 on one falls by 20.0 points")
	assert.NotContains(t, render(t, "md", full()), "Zero-shot")
}
