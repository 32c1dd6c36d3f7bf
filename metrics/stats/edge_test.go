package stats_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/metrics/stats"
)

// TestIntervalAtTheEdge: no interval of a handful of queries is without width, and where both
// outcomes are common it is the bootstrap's.
func TestIntervalAtTheEdge(t *testing.T) {
	for _, c := range []struct {
		values    []float64
		low, high float64
	}{
		{[]float64{1}, 0.2065, 1},
		{make([]float64, 20), 0, 0.1611},
		{[]float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 0.7225, 1},
	} {
		low, high := stats.Bootstrap(c.values, 200, 1)
		assert.InDelta(t, c.low, low, 1e-3)
		assert.InDelta(t, c.high, high, 1e-3)
	}
	half := make([]float64, 400)
	for i := range half {
		half[i] = float64(i % 2)
	}
	low, high := stats.Bootstrap(half, 2000, 1)
	assert.InDelta(t, 0.451, low, 0.004)
	assert.InDelta(t, 0.549, high, 0.004)
	low, high = stats.Bootstrap([]float64{2, 2, 2}, 200, 1)
	assert.Equal(t, []float64{2, 2}, []float64{low, high}, "no share: no score interval")
}

// TestIntervalOfClusters: ten queries of one group are one piece of evidence.
func TestIntervalOfClusters(t *testing.T) {
	clusters, ones := make([]int, 50), make([]float64, 50)
	for i := range clusters {
		clusters[i], ones[i] = i/10, 1
	}
	low, _ := stats.NewClusterResampler(clusters, 200, 1).Interval(ones)
	five, _ := stats.Bootstrap(ones[:5], 200, 1)
	assert.InDelta(t, five, low, 1e-12)
}

// TestIntervalCoverage: of scores near 1, and of grouped queries, the interval holds the truth in at
// least 90 % of samples. The percentile bootstrap alone holds it in 65 % at 0.995.
func TestIntervalCoverage(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 1))
	for _, c := range []struct {
		p     float64
		n, of int // queries, and how many make a group that rises and falls together
	}{{0.995, 210, 1}, {0.005, 210, 1}, {0.98, 210, 1}, {0.9, 60, 1}, {0.97, 200, 4}} {
		const samples = 400
		held := 0
		clusters := make([]int, c.n)
		for i := range clusters {
			clusters[i] = i / c.of
		}
		for s := range uint64(samples) {
			values := make([]float64, c.n)
			for i := range values {
				if i%c.of == 0 && rng.Float64() < c.p {
					values[i] = 1
				} else if i%c.of > 0 {
					values[i] = values[i-1]
				}
			}
			if low, high := stats.NewClusterResampler(clusters, 200, s).Interval(values); low <= c.p && c.p <= high {
				held++
			}
		}
		assert.GreaterOrEqual(t, held, samples*90/100, "%v", c)
		if os.Getenv("FASTCLIP_NIGHTS") != "" {
			fmt.Printf("| the interval holds a score of %g, %d queries in groups of %d | %.1f %% |\n", c.p, c.n, c.of, 100*float64(held)/samples)
		}
	}
}
