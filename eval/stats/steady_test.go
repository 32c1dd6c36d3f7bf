package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSteady(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	series := func(n int, level func(i int) float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = level(i) * (1 + 0.01*math.Abs(r.NormFloat64()))
		}
		return out
	}
	for _, tt := range []struct {
		name   string
		x      []float64
		steady bool
		least  int
	}{
		{"level", series(100, func(int) float64 { return 5 }), true, 0},
		{"first call slow", series(100, func(i int) float64 { return 5 + 100*math.Pow(0, float64(i)) }), true, 0},
		// The notes' row: from 150 to 64 ms over 40 batches.
		{"slow start", series(100, func(i int) float64 { return 64 + 86*math.Exp(-float64(i)/13) }), true, 20},
		{"still falling", series(100, func(i int) float64 { return 150 - float64(i) }), false, 50},
		{"still rising", series(60, func(i int) float64 { return 10 + float64(i) }), false, 30},
		{"too short", []float64{1, 1, 1}, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			warmup, steady, trend := Steady(tt.x)
			assert.Equal(t, tt.steady, steady)
			assert.GreaterOrEqual(t, warmup, tt.least)
			if tt.name == "still falling" {
				assert.Less(t, trend, -0.05)
			}
			if tt.name == "still rising" {
				assert.Greater(t, trend, 0.05)
			}
		})
	}
	assert.InDelta(t, 1.9, Quantile([]float64{2, 1}, 0.9), 1e-12)
	assert.True(t, math.IsNaN(Quantile(nil, 0.5)))
}
