package stats_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/metrics/stats"
)

// TestAbovePrediction: values by R's pt(), and uniform when nothing changed.
func TestAbovePrediction(t *testing.T) {
	past := []float64{1, 2, 3, 4, 5}
	assert.InDelta(t, 0.5, stats.AbovePrediction(past, 3), 1e-12)
	assert.InDelta(t, 0.05, stats.AbovePrediction(past, 3+2.131847*1.581139*1.095445), 1e-5, "t of 4 degrees, 95 %")
	assert.Equal(t, 1.0, stats.AbovePrediction([]float64{1}, 9))
	assert.Less(t, stats.AbovePrediction(make([]float64, 20), 0.05), 1e-6, "a floor stands for the spread of equal nights")
	assert.Greater(t, stats.AbovePrediction(make([]float64, 20), 0.004), 0.1)

	rng := rand.New(rand.NewPCG(1, 2))
	low := 0
	for range 4000 {
		x := make([]float64, 21)
		for i := range x {
			x[i] = 0.02 * rng.NormFloat64()
		}
		if stats.AbovePrediction(x[:20], x[20]) < 0.05 {
			low++
		}
	}
	assert.InDelta(t, 200, low, 45)
}

// TestCusum: by hand; the start is where the shift began.
func TestCusum(t *testing.T) {
	base := []float64{-1, 1, -1, 1, 0} // mean 0, deviation 1
	sum, from := stats.Cusum(base, []float64{0, 0, 2, 2, 2}, 0.75)
	assert.InDelta(t, 3.75, sum, 1e-12)
	assert.Equal(t, 2, from)
	sum, from = stats.Cusum(base, []float64{2, -9, 0.5}, 0.75)
	assert.Zero(t, sum)
	assert.Equal(t, 3, from)
	sum, from = stats.Cusum(base, []float64{2, -9, 1.75, 1}, 0.75)
	assert.InDelta(t, 1.25, sum, 1e-12)
	assert.Equal(t, 2, from)
	sum, from = stats.Cusum(base, nil, 0.75)
	assert.Zero(t, sum+float64(from))
}
