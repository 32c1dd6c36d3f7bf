package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// noisy is n timings of a level each, with noise that is only ever slower, as on machines.
func noisy(r *rand.Rand, n int, noise float64, level func(i int) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = level(i) * (1 + noise*math.Abs(r.NormFloat64()))
	}
	return out
}

func TestSteadyFindsTheShape(t *testing.T) {
	for _, tt := range []struct {
		name      string
		n         int
		noise     float64
		level     func(i int) float64
		shape     string
		low, high int // of the warm-up
	}{
		{"level", 100, 0.01, func(int) float64 { return 5 }, ShapeFlat, 0, 0},
		{"level, noisy", 100, 0.2, func(int) float64 { return 5 }, ShapeFlat, 0, 0},
		{"level, without noise", 100, 0, func(int) float64 { return 5 }, ShapeFlat, 0, 0},
		{"slow first call", 100, 0.01, func(i int) float64 { return 5 + 20*math.Pow(0, float64(i)) }, ShapeWarmup, 1, 2},
		// The notes' row: from 150 to 64 ms in 40 batches.
		{"step after 40", 100, 0.01, step(40, 150, 64), ShapeWarmup, 37, 43},
		{"step after 40, noisy", 100, 0.1, step(40, 150, 64), ShapeWarmup, 37, 43},
		{"step after 40, without noise", 100, 0, step(40, 150, 64), ShapeWarmup, 37, 43},
		{"ramp of 40", 100, 0.01, ramp(40, 150, 64), ShapeWarmup, 37, 43},
		{"ramp of 40, noisy", 200, 0.04, ramp(40, 150, 64), ShapeWarmup, 36, 43},
		{"small step after 40", 160, 0.01, step(40, 70, 64), ShapeWarmup, 37, 43},
		{"slow start that fades", 120, 0.01, func(i int) float64 { return 64 + 86*math.Exp(-float64(i)/13) }, ShapeWarmup, 35, 70},
		{"step after 40 of many", 2000, 0.05, step(40, 150, 64), ShapeWarmup, 37, 43},
		{"long and noisy", 3000, 0.3, func(int) float64 { return 5 }, ShapeFlat, 0, 0},
		{"slower after 40", 100, 0.02, step(40, 64, 150), ShapeSlowdown, 37, 43},
		{"still falling", 100, 0.01, func(i int) float64 { return 150 - float64(i) }, ShapeNone, 0, 100},
		{"still rising", 60, 0.01, func(i int) float64 { return 10 + float64(i) }, ShapeNone, 0, 60},
		{"step at the end", 100, 0.01, step(90, 150, 64), ShapeNone, 87, 93},
		{"waves", 120, 0.01, func(i int) float64 { return 10 + 10*float64(i/10%2) }, ShapeNone, 0, 120},
		{"every tenth stalls", 100, 0.01, stall(10, 5), ShapeStalls, 0, 8},
		{"every seventh stalls, noisy", 100, 0.1, stall(7, 3), ShapeStalls, 0, 8},
		{"every fourth stalls", 64, 0.02, stall(4, 2), ShapeStalls, 0, 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(50) {
				r := rand.New(rand.NewPCG(seed, 9))
				got := Steady(noisy(r, tt.n, tt.noise, tt.level))
				if assert.Equal(t, tt.shape, got.Shape, "seed %d: %+v", seed, got) {
					assert.Equal(t, tt.shape == ShapeFlat || tt.shape == ShapeWarmup || tt.shape == ShapeSlowdown, got.Steady)
					assert.True(t, tt.low <= got.Warmup && got.Warmup <= tt.high, "seed %d: %+v", seed, got)
				}
			}
		})
	}
}

func step(at int, before, after float64) func(int) float64 {
	return func(i int) float64 {
		if i < at {
			return before
		}
		return after
	}
}

func ramp(to int, first, last float64) func(int) float64 {
	return func(i int) float64 { return last + (first-last)*max(0, 1-float64(i)/float64(to)) }
}

func stall(every int, factor float64) func(int) float64 {
	return func(i int) float64 {
		if i%every == every-1 {
			return 10 * factor
		}
		return 10
	}
}

func TestSteadyNamesStalls(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	got := Steady(noisy(r, 100, 0.01, stall(10, 5)))
	assert.Equal(t, 10, got.Period)
	assert.Equal(t, 10, got.Stalls)
	assert.InDelta(t, 5, got.StallFactor, 0.2)

	rare := noisy(r, 200, 0.01, func(int) float64 { return 10 })
	rare[50], rare[61], rare[150] = 40, 40, 40
	got = Steady(rare)
	assert.True(t, got.Steady, "a few slow calls at odd times are the p99's business: %+v", got)
	assert.Equal(t, 3, got.Stalls)
}

func TestSteadyTellsTheTrend(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	assert.Less(t, Steady(noisy(r, 100, 0.01, func(i int) float64 { return 150 - float64(i) })).Trend, -0.2)
	assert.Greater(t, Steady(noisy(r, 100, 0.01, func(i int) float64 { return 10 + float64(i) })).Trend, 0.2)
	assert.False(t, Steady([]float64{1, 1, 1}).Steady)
	assert.False(t, Steady(nil).Steady)
}

// Flat series of any noise are seldom taken for anything else: a false alarm is a bug.
func TestSteadySeldomErrs(t *testing.T) {
	for _, noise := range []float64{0.002, 0.01, 0.05, 0.2} {
		wrong := 0
		for seed := range uint64(400) {
			r := rand.New(rand.NewPCG(seed, 77))
			if got := Steady(noisy(r, 64, noise, func(int) float64 { return 8 })); !got.Steady || got.Warmup > 0 {
				wrong++
			}
		}
		assert.LessOrEqual(t, wrong, 8, "of 400 flat series with noise %v", noise)
	}
}

func TestChangepoints(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	x := noisy(r, 300, 0.02, func(i int) float64 { return []float64{1, 3, 2}[i/100] })
	assert.Equal(t, []int{100, 200}, Changepoints(x, 1e-6))
	assert.Empty(t, Changepoints(noisy(r, 300, 0.02, func(int) float64 { return 1 }), 1e-6))
	assert.Empty(t, Changepoints([]float64{1, 9, 1}, 1e-6))
	assert.Equal(t, bruteForce(x[90:110], 1e-6), Changepoints(x[90:110], 1e-6))
}

// bruteForce is optimal partitioning without pruning, from the definition.
func bruteForce(x []float64, floor float64) []int {
	n := len(x)
	best, last := make([]float64, n+1), make([]int, n+1)
	penalty := 15 * math.Log(float64(n))
	best[0], best[1] = -penalty, math.Inf(1)
	for to := 2; to <= n; to++ {
		best[to] = math.Inf(1)
		for from := 0; from <= to-2; from++ {
			m, v := 0.0, 0.0
			for _, y := range x[from:to] {
				m += y / float64(to-from)
			}
			for _, y := range x[from:to] {
				v += (y - m) * (y - m) / float64(to-from)
			}
			c := best[from] + float64(to-from)*(math.Log(max(v, floor))+1) + penalty
			if c < best[to] {
				best[to], last[to] = c, from
			}
		}
	}
	var out []int
	for to := last[n]; to > 0; to = last[to] {
		out = append([]int{to}, out...)
	}
	return out
}

func TestChangepointsPruneNothingThatCounts(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 8))
		at := 5 + r.IntN(60)
		x := noisy(r, 80, 0.05+0.3*r.Float64(), step(at, 1, 1+2*r.Float64()))
		assert.Equal(t, bruteForce(x, 1e-6), Changepoints(x, 1e-6), fmt.Sprint(seed))
	}
}

func TestQuantile(t *testing.T) {
	assert.InDelta(t, 1.9, Quantile([]float64{2, 1}, 0.9), 1e-12)
	assert.True(t, math.IsNaN(Quantile(nil, 0.5)))
}
