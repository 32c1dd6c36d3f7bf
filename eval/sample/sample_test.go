package sample

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// drawn is a set of pictures in strata of rising drift, of which rare ones drift most, and what a part of the
// drift is.
func drawn(r *rand.Rand, n int) (s Strata, x, y []float64) {
	looks, marks := make([]string, n), make([]uint64, n)
	x, y = make([]float64, n), make([]float64, n)
	for i := range n {
		rare := r.IntN(30) == 0
		looks[i], marks[i] = fmt.Sprint(i%3, rare), r.Uint64()
		x[i] = (1 + r.Float64()) * float64(1+i%3)
		if y[i] = 0.1 * x[i] * r.Float64(); rare {
			x[i], y[i] = 8*x[i], 8*x[i]*(0.8+0.2*r.Float64())
		}
	}
	return Stratify(looks, marks), x, y
}

func known(y []float64, at []int) map[int]float64 {
	out := map[int]float64{}
	for _, i := range at {
		out[i] = y[i]
	}
	return out
}

func mean(y []float64) float64 {
	sum := 0.0
	for _, v := range y {
		sum += v
	}
	return sum / float64(len(y))
}

// TestTake: a larger sample holds the smaller one, each stratum is in it, and none twice.
func TestTake(t *testing.T) {
	s, x, _ := drawn(rand.New(rand.NewPCG(1, 1)), 500)
	small, large, all := s.Take(32), s.Take(64), s.Take(len(x))
	assert.Subset(t, large, small)
	assert.Len(t, all, len(x))
	for _, stratum := range s {
		n := 0
		for _, i := range small {
			for _, j := range stratum {
				if i == j {
					n++
				}
			}
		}
		assert.GreaterOrEqual(t, n, min(least, len(stratum)))
	}
	assert.Empty(t, Strata{}.Take(8))
}

// TestRatio: intervals of 95 % hold the true mean about that often, and a sample of all is exact.
func TestRatio(t *testing.T) {
	held, all := 0, 400
	for seed := range all {
		s, x, y := drawn(rand.New(rand.NewPCG(uint64(seed), 2)), 400)
		m := s.Ratio(x, known(y, s.Take(64)))
		if math.Abs(m.Value-mean(y)) <= m.Margin() {
			held++
		}
	}
	assert.InDelta(t, 0.95, float64(held)/float64(all), 0.03)
	s, x, y := drawn(rand.New(rand.NewPCG(5, 5)), 100)
	m := s.Ratio(x, known(y, s.Take(100)))
	assert.InDelta(t, mean(y), m.Value, 1e-12)
	assert.Zero(t, m.Error)
	assert.Equal(t, [2]int{100, 100}, [2]int{m.N, m.Of})
	assert.InDelta(t, 0, s.Off(x, known(y, s.Take(100))), 1e-12)
}

// TestRatioOfNothing: where nothing differs the mean is nothing, and a stage that alone differs still counts.
func TestRatioOfNothing(t *testing.T) {
	s := Stratify([]string{"a", "a", "a", "b"}, []uint64{1, 2, 3, 4})
	assert.Equal(t, Mean{N: 2, Of: 4}, s.Ratio(make([]float64, 4), map[int]float64{0: 0, 1: 0}))
	assert.Positive(t, s.Ratio(make([]float64, 4), map[int]float64{0: 1, 1: 2, 3: 3}).Value)
	assert.Positive(t, s.Ratio([]float64{1, 1, 1, 1}, map[int]float64{0: 1, 3: 3}).Error, "one of three tells nothing of the two")
}
