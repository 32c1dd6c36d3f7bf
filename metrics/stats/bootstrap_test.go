package stats_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/metrics/stats"
)

// scores are n reciprocal ranks, and others where one in ten moved.
func scores(n int, seed uint64) (a, b []float64) {
	r := rand.New(rand.NewPCG(seed, 2))
	a, b = make([]float64, n), make([]float64, n)
	for i := range a {
		a[i] = 1 / float64(1+r.IntN(20))
		b[i] = a[i]
		if r.IntN(10) == 0 {
			b[i] = 1 / float64(1+r.IntN(20))
		}
	}
	return a, b
}

func TestPairedWithoutDifference(t *testing.T) {
	a, _ := scores(500, 1)
	delta, low, high, p := stats.PairedBootstrap(a, slices.Clone(a), 2000, 7)
	assert.Equal(t, []float64{0, 0, 0, 1}, []float64{delta, low, high, p})
}

func TestPairedSign(t *testing.T) {
	worse, better := []float64{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	for name, c := range map[string]struct {
		a, b  []float64
		delta float64
	}{
		"better": {worse, better, 1},
		"worse":  {better, worse, -1},
	} {
		t.Run(name, func(t *testing.T) {
			delta, low, high, p := stats.PairedBootstrap(c.a, c.b, 999, 7)
			assert.Equal(t, []float64{c.delta, c.delta, c.delta}, []float64{delta, low, high})
			assert.InDelta(t, 2.0/1000, p, 1e-15) // no resample on the other side
		})
	}
}

// Differences of 0.1 and -0.1 that cancel must count on both sides, whatever rounding leaves.
func TestPairedCancelling(t *testing.T) {
	a, b := []float64{0.1, 0.2, 0.3, 0}, []float64{0.2, 0.1, 0.2, 0.1}
	_, _, _, p := stats.PairedBootstrap(a, b, 2000, 3)
	assert.Equal(t, 1.0, p)
}

// Against the exact distribution: the mean of n zeros and ones is binomial.
func TestIntervalBinomial(t *testing.T) {
	values := make([]float64, 400)
	for i := range 100 {
		values[i] = 1
	}
	low, high := stats.Bootstrap(values, 20000, 1)
	half := 1.96 * math.Sqrt(0.25*0.75/400)
	assert.InDelta(t, 0.25-half, low, 0.0035)
	assert.InDelta(t, 0.25+half, high, 0.0035)
}

// Every query is drawn as often as the others: linear weights recover the mean.
func TestResamplesUniform(t *testing.T) {
	const n = 300
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i)
	}
	low, high := stats.Bootstrap(values, 20000, 5)
	sd := math.Sqrt((n*n - 1) / 12.0 / n)
	assert.InDelta(t, (n-1)/2.0-1.96*sd, low, 0.3)
	assert.InDelta(t, (n-1)/2.0+1.96*sd, high, 0.3)
}

func TestBootstrapIsDeterministicConcurrently(t *testing.T) {
	a, b := scores(123, 4)
	low, high := stats.Bootstrap(a, 1000, 9)
	again, highAgain := stats.Bootstrap(a, 1000, 9)
	assert.Equal(t, []float64{low, high}, []float64{again, highAgain})
	other, _ := stats.Bootstrap(a, 1000, 10)
	assert.NotEqual(t, low, other)
	delta, low, high, p := stats.NewResampler(123, 1000, 9).Paired(a, b)
	delta2, low2, high2, p2 := stats.PairedBootstrap(a, b, 1000, 9)
	assert.Equal(t, []float64{delta, low, high, p}, []float64{delta2, low2, high2, p2})
	assert.True(t, low <= delta && delta <= high)
}

func TestBootstrapOfFew(t *testing.T) {
	low, high := stats.Bootstrap([]float64{1.1}, 1, 1)
	assert.Equal(t, []float64{1.1, 1.1}, []float64{low, high})
	// n above 255 and equal values: the same number, to the last bit.
	same := slices.Repeat([]float64{1.1}, 300)
	low, high = stats.Bootstrap(same, 65, 1)
	assert.Equal(t, []float64{1.1, 1.1}, []float64{low, high})
	for _, values := range [][]float64{{}, {1, math.NaN()}, {math.Inf(1), 0}} {
		low, high = stats.Bootstrap(values, 10, 1)
		assert.True(t, math.IsNaN(low) && math.IsNaN(high), values)
		_, _, _, p := stats.PairedBootstrap(make([]float64, len(values)), values, 10, 1)
		assert.True(t, math.IsNaN(p), values)
	}
}

func TestBootstrapPanics(t *testing.T) {
	assert.Panics(t, func() { stats.NewResampler(3, 0, 1) })
	assert.Panics(t, func() { stats.NewResampler(-1, 1, 1) })
	assert.Panics(t, func() { stats.NewResampler(3, 1, 1).Interval([]float64{1}) })
	assert.Panics(t, func() { stats.PairedBootstrap([]float64{1}, nil, 1, 1) })
}

func TestResamplerConcurrently(t *testing.T) {
	a, b := scores(200, 6)
	r := stats.NewResampler(200, 500, 1)
	want, _ := r.Interval(a)
	_, _, _, wantP := r.Paired(a, b)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			low, _ := r.Interval(a)
			_, _, _, p := r.Paired(a, b)
			assert.Equal(t, []float64{want, wantP}, []float64{low, p})
		})
	}
	all.Wait()
}

// Under no difference p values are uniform: one in ten is at most 0.1.
func TestPairedLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	resampler := stats.NewResampler(100, 400, 3)
	const trials = 1000
	rejected := 0
	for range trials {
		a, b := make([]float64, 100), make([]float64, 100)
		for i := range a {
			a[i], b[i] = r.NormFloat64(), r.NormFloat64()
		}
		if _, _, _, p := resampler.Paired(a, b); p <= 0.1 {
			rejected++
		}
	}
	require.InDelta(t, 0.1, float64(rejected)/trials, 0.03)
}

func BenchmarkNewResampler(b *testing.B) {
	for b.Loop() {
		stats.NewResampler(500, 2000, 1)
	}
}

func BenchmarkBootstrap(b *testing.B) {
	x, y := scores(500, 1)
	r := stats.NewResampler(500, 2000, 1)
	b.Run("Bootstrap", func(b *testing.B) {
		for b.Loop() {
			stats.Bootstrap(x, 2000, 1)
		}
	})
	b.Run("Interval", func(b *testing.B) {
		for b.Loop() {
			r.Interval(x)
		}
	})
	b.Run("Paired", func(b *testing.B) {
		for b.Loop() {
			r.Paired(x, y)
		}
	})
}
