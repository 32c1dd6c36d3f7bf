package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/metrics/stats"
)

// TestSteadyShapes: two alternating levels and a slow trend are no flat series; noise of any common kind is.
func TestSteadyShapes(t *testing.T) {
	for name, c := range map[string]struct {
		value func(rng *rand.Rand, i int) float64
		want  string
	}{
		"two levels":       {func(rng *rand.Rand, _ int) float64 { return pickOf(rng, 0.5, 1, 1.15) * (1 + 0.01*rng.NormFloat64()) }, stats.ShapeModes},
		"one in five slow": {func(rng *rand.Rand, _ int) float64 { return pickOf(rng, 0.8, 1, 1.15) * (1 + 0.01*rng.NormFloat64()) }, stats.ShapeModes},
		"a trend of 5 %":   {func(rng *rand.Rand, i int) float64 { return (1 + 0.05*float64(i)/200) * (1 + 0.01*rng.NormFloat64()) }, stats.ShapeNone},
		"5 % quicker": {func(rng *rand.Rand, i int) float64 {
			return (1.05 - 0.05*float64(i)/200) * (1 + 0.01*rng.NormFloat64())
		}, stats.ShapeNone},
		"noise of 1 %":          {func(rng *rand.Rand, _ int) float64 { return 1 + 0.01*rng.NormFloat64() }, stats.ShapeFlat},
		"noise of 5 %":          {func(rng *rand.Rand, _ int) float64 { return 1 + 0.05*rng.NormFloat64() }, stats.ShapeFlat},
		"uniform over 20 %":     {func(rng *rand.Rand, _ int) float64 { return 1 + 0.2*rng.Float64() }, stats.ShapeFlat},
		"a tail to one side":    {func(rng *rand.Rand, _ int) float64 { return 1 + 0.03*rng.ExpFloat64() }, stats.ShapeFlat},
		"levels 2 % apart":      {func(rng *rand.Rand, _ int) float64 { return pickOf(rng, 0.5, 1, 1.02) * (1 + 0.001*rng.NormFloat64()) }, stats.ShapeFlat},
		"equal to the last bit": {func(*rand.Rand, int) float64 { return 2 }, stats.ShapeFlat},
	} {
		right := 0
		for seed := range uint64(50) {
			rng, x := rand.New(rand.NewPCG(seed, 4)), make([]float64, 200)
			for i := range x {
				x[i] = c.value(rng, i)
			}
			if stats.Steady(x).Shape == c.want {
				right++
			}
		}
		assert.GreaterOrEqual(t, right, 47, name)
	}
}

func pickOf(rng *rand.Rand, share, a, b float64) float64 {
	if rng.Float64() < share {
		return a
	}
	return b
}

// TestSteadySeesTrends: a trend of 5 % is none of the steady shapes in short and in long series, though changepoints cut a
// long one into a staircase of steady steps; one that has faded is a warm-up.
func TestSteadySeesTrends(t *testing.T) {
	for _, c := range []struct {
		n     int
		noise float64
	}{{64, 0.01}, {100, 0.02}, {200, 0.005}, {600, 0.01}, {2000, 0.02}} {
		for _, by := range []float64{0.05, -0.05} {
			seen := 0
			for seed := range uint64(10) {
				rng, x := rand.New(rand.NewPCG(seed, 5)), make([]float64, c.n)
				for i := range x {
					x[i] = (1 + by*float64(i)/float64(c.n)) * (1 + c.noise*rng.NormFloat64())
				}
				if stats.Steady(x).Shape == stats.ShapeNone {
					seen++
				}
			}
			assert.GreaterOrEqual(t, seen, 9, "%+v, %g", c, by)
		}
	}
}

// TestSteadySeesTrendsInNoise: a trend of 5 % in noise of 3 % is 4.7 standard errors of a straight line in 100 rounds, so
// chance hides it in few series; where neighbours are alike by chance, as on a machine with moods, there is no trend.
func TestSteadySeesTrendsInNoise(t *testing.T) {
	for _, c := range []struct {
		by, noise, alike float64
		least, most      int // series of 200 that are none of the steady shapes
	}{
		{by: 0.05, noise: 0.03, least: 192, most: 200},
		{by: -0.05, noise: 0.03, least: 194, most: 200},
		{by: 0.05, noise: 0.02, least: 196, most: 200},
		{noise: 0.03, most: 4},
		{noise: 0.1, most: 4},
		{noise: 0.02, alike: 0.5, most: 5},
		{noise: 0.02, alike: 0.7, most: 15}, // 30 without the correction
	} {
		none := 0
		for seed := range uint64(200) {
			rng, x, e := rand.New(rand.NewPCG(seed, 6)), make([]float64, 100), 0.0
			for i := range x {
				e = c.alike*e + c.noise*rng.NormFloat64()
				x[i] = (1 + c.by*float64(i)/99) * math.Exp(e)
			}
			if stats.Steady(x).Shape == stats.ShapeNone {
				none++
			}
		}
		assert.GreaterOrEqual(t, none, c.least, "%+v", c)
		assert.LessOrEqual(t, none, c.most, "%+v", c)
	}
}
