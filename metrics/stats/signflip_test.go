package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/metrics/stats"
)

func TestSignFlipIsMcNemar(t *testing.T) {
	// 8 down and 2 up of 1000: 2 * (1 + 10 + 45) / 2^10, by hand.
	diffs := make([]float64, 1000)
	for i := range 10 {
		diffs[i*7] = -1
	}
	diffs[0], diffs[63] = 1, 1
	assert.InDelta(t, 2*56.0/1024, stats.SignFlip(diffs, nil), 1e-15)
	assert.Equal(t, 1.0, stats.SignFlip(make([]float64, 5), nil))
	assert.Equal(t, 1.0, stats.SignFlip(nil, nil))
	assert.Equal(t, 1.0, stats.SignFlip([]float64{1, -1}, nil))
	assert.Equal(t, 0.25, stats.SignFlip([]float64{1, 1, 1}, nil))
	assert.True(t, math.IsNaN(stats.SignFlip([]float64{1, math.NaN()}, nil)))
	assert.True(t, math.IsNaN(stats.SignFlip([]float64{1, math.Inf(1)}, nil)))
}

// TestSignFlipEnumerates: the same as trying all signs.
func TestSignFlipEnumerates(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		diffs := make([]float64, 1+rng.IntN(12))
		var observed float64
		for i := range diffs {
			diffs[i] = float64(rng.IntN(41)-15) / 8192 * 64 // no rounding, no whole numbers
			observed += diffs[i]
		}
		far := 0
		for signs := range 1 << len(diffs) {
			var sum float64
			for i, d := range diffs {
				if signs>>i&1 == 1 {
					d = -d
				}
				sum += d
			}
			if math.Abs(sum) >= math.Abs(observed)-1e-12 {
				far++
			}
		}
		assert.InDelta(t, float64(far)/float64(int(1)<<len(diffs)), stats.SignFlip(diffs, nil), 0.02, "%v", diffs)
	}
}

func TestSignFlipClusters(t *testing.T) {
	// Three clusters of ten that fell together are three pieces of evidence, not thirty.
	diffs, clusters := make([]float64, 30), make([]int, 30)
	for i := range diffs {
		diffs[i], clusters[i] = -1, i/10
	}
	assert.Equal(t, 0.25, stats.SignFlip(diffs, clusters))
	assert.Less(t, stats.SignFlip(diffs, nil), 1e-8)
	// Within a cluster differences cancel.
	assert.Equal(t, 1.0, stats.SignFlip([]float64{1, -1}, []int{0, 0}))
}

// TestSignFlipIsExact: of differences that are as likely up as down, p <= 0.05 in 5 % at most.
func TestSignFlipIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	below := 0
	for range 1000 {
		diffs := make([]float64, 30)
		for i := range diffs {
			diffs[i] = rng.NormFloat64() * math.Exp(rng.NormFloat64())
		}
		if stats.SignFlip(diffs, nil) <= 0.05 {
			below++
		}
	}
	assert.InDelta(t, 50, below, 22) // three standard deviations
}
