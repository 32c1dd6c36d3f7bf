package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/metrics/stats"
)

func TestHolm(t *testing.T) {
	for name, c := range map[string]struct{ p, want []float64 }{
		"none":      {nil, []float64{}},
		"one":       {[]float64{0.03}, []float64{0.03}},
		"given":     {[]float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}}, // R: p.adjust(p, "holm")
		"at most 1": {[]float64{0.6, 0.7, 1}, []float64{1, 1, 1}},
		"ties":      {[]float64{0.02, 0.02, 0.02}, []float64{0.06, 0.06, 0.06}},
		"zero":      {[]float64{0.5, 0}, []float64{0.5, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.InDeltaSlice(t, c.want, stats.Holm(c.p), 1e-15)
		})
	}
}

func TestMeanStd(t *testing.T) {
	mean, std := stats.MeanStd([]float64{2, 4, 4, 4, 5, 5, 7, 9})
	assert.Equal(t, 5.0, mean)
	assert.InDelta(t, math.Sqrt(32.0/7), std, 1e-15)
	mean, std = stats.MeanStd([]float64{1e9, 1e9 + 1}) // squares would cancel
	assert.Equal(t, 1e9+0.5, mean)
	assert.InDelta(t, math.Sqrt(0.5), std, 1e-15)
	mean, std = stats.MeanStd([]float64{3})
	assert.Equal(t, 3.0, mean)
	assert.True(t, math.IsNaN(std))
	mean, std = stats.MeanStd(nil)
	assert.True(t, math.IsNaN(mean) && math.IsNaN(std))
}

func TestMedian(t *testing.T) {
	x := []float64{9, 1, 5}
	assert.Equal(t, 5.0, stats.Median(x))
	assert.Equal(t, []float64{9, 1, 5}, x, "the argument was sorted")
	assert.Equal(t, 3.0, stats.Median([]float64{4, 2}))
	assert.Equal(t, 7.0, stats.Median([]float64{7}))
	assert.True(t, math.IsNaN(stats.Median(nil)))
}

// The ranks are those of the usual tables of the sign test's interval (Conover 1999, A3), and one
// less at the upper end where 95 % are held without it.
func TestMedianCI(t *testing.T) {
	for n, want := range map[int][2]float64{
		1: {1, 1}, 2: {1, 2}, 5: {1, 5}, 6: {1, 6}, 8: {1, 7}, 9: {2, 8}, 10: {2, 9}, 12: {3, 10},
		20: {6, 15}, 25: {8, 18}, 30: {10, 21}, 50: {18, 32}, 100: {40, 60},
	} {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64((i*7)%n + 1) // 1 to n, shuffled
		}
		low, high := stats.MedianCI(x)
		assert.Equal(t, want, [2]float64{low, high}, n)
	}
	low, high := stats.MedianCI(nil)
	assert.True(t, math.IsNaN(low) && math.IsNaN(high))
}

// TestMeanWhateverTheOrder: sums round off, but the order of the queries is not part of a score.
func TestMeanWhateverTheOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, 1000)
	for i := range x {
		x[i] = 1 / math.Log2(float64(r.IntN(9)+2)) // as nDCG's terms
	}
	want, _ := stats.MeanStd(x)
	for range 200 {
		r.Shuffle(len(x), func(i, j int) { x[i], x[j] = x[j], x[i] })
		got, _ := stats.MeanStd(x)
		assert.Equal(t, want, got)
	}
	infinite, _ := stats.MeanStd([]float64{1, math.Inf(1), 2})
	assert.Equal(t, math.Inf(1), infinite)
}
