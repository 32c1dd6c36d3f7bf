package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The energy by its definition (Matteson and James 2014, equations 5 and 7, alpha 1): means over all
// pairs, one by one.
func TestEnergy(t *testing.T) {
	meanDistance := func(a, b []float64, same bool) float64 {
		sum, pairs := 0.0, 0
		for i, v := range a {
			for j, w := range b {
				if !same || i < j {
					sum, pairs = sum+math.Abs(v-w), pairs+1
				}
			}
		}
		return sum / float64(max(pairs, 1))
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		x := make([]float64, 2+r.IntN(20))
		for i := range x {
			x[i] = r.NormFloat64() * 10
		}
		d := newDistances(x)
		for s := 1; s < len(x); s++ {
			for end := s + 1; end <= len(x); end++ {
				left, right := x[:s], x[s:end]
				n, m := float64(len(left)), float64(len(right))
				want := n * m / (n + m) * (2*meanDistance(left, right, false) - meanDistance(left, left, true) - meanDistance(right, right, true))
				assert.InDelta(t, want, d.energy(s, end), 1e-9)
			}
		}
	}
}

func TestBestSplit(t *testing.T) {
	x := []float64{9, 9, 1, 1, 1, 5, 5, 5, 5, 9}
	assert.Equal(t, 5, bestSplit(x, 2, 9).at)
	assert.Equal(t, split{from: 2, at: 2, to: 5}, bestSplit(x, 2, 5), "equal values have no best split")
	assert.Equal(t, split{from: 3, at: 3, to: 4}, bestSplit(x, 3, 4), "nor has one value")
}

// SciPy's ttest_ind of the same values.
func TestCompare(t *testing.T) {
	s := stepAt([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0, 5, 10)
	assert.InDelta(t, 0.001052825793366539, s.P, 1e-15)
	assert.Equal(t, []float64{3, 8}, []float64{s.Before, s.After})
	assert.Equal(t, 1.0, stepAt([]float64{1, 2}, 0, 1, 2).P, "two values show nothing")
	assert.Equal(t, 0.0, stepAt([]float64{1, 1, 2}, 0, 2, 3).P, "what did not vary has changed")
}
