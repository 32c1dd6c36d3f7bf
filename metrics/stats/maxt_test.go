package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/metrics/stats"
)

// TestStepDownMaxT: one test alone is the sign-flip test; equal tests cost one another nothing;
// a test without a difference is none.
func TestStepDownMaxT(t *testing.T) {
	sums := []float64{1, 1, 1, -1, 1, 1, 1, 0, 1, 1, 1}
	alone := stats.StepDownMaxT([][]float64{sums}, 20000, 1)
	assert.InDelta(t, stats.SignFlip(sums, nil), alone[0], 0.004)
	assert.Equal(t, []float64{alone[0], alone[0], 1}, stats.StepDownMaxT([][]float64{sums, sums, make([]float64, 11)}, 20000, 1))

	none := stats.StepDownMaxT([][]float64{{math.NaN()}, {1}, nil}, 100, 1)
	assert.True(t, math.IsNaN(none[0]))
	assert.Equal(t, []float64{1, 1}, none[1:], "of one cluster nothing can be shown")
	assert.Empty(t, stats.StepDownMaxT(nil, 100, 1))
}

// TestStepDownMaxTIndependent: of tests that have nothing in common, the correction is near Holm's,
// and never below the test's own p value.
func TestStepDownMaxTIndependent(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	var tests [][]float64
	var own []float64
	for k := range 4 {
		sums := make([]float64, 160)
		for i := 40 * k; i < 40*k+40; i++ {
			sums[i] = rng.NormFloat64() + 0.15*float64(k)
		}
		tests, own = append(tests, sums), append(own, stats.SignFlip(sums, nil))
	}
	holm := stats.Holm(own)
	last := -1.0
	for i, p := range stats.StepDownMaxT(tests, 20000, 5) {
		assert.GreaterOrEqual(t, p, own[i]-0.01)
		assert.LessOrEqual(t, p, holm[i]+0.02)
		last = max(last, p)
	}
	assert.Positive(t, last)
}

// TestStepDownMaxTFalseAlarms: when nothing differs but by chance, one of many related tests falls
// below 5 % in 5 % of the cases, and in no fewer than half of them.
func TestStepDownMaxTFalseAlarms(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	const cases = 400
	alarms := 0
	for c := range uint64(cases) {
		shared := make([]float64, 60)
		for i := range shared {
			shared[i] = rng.NormFloat64()
		}
		tests := make([][]float64, 8)
		for k := range tests {
			tests[k] = make([]float64, len(shared))
			for i := range shared {
				tests[k][i] = shared[i] + 0.5*rng.NormFloat64()
			}
		}
		for _, p := range stats.StepDownMaxT(tests, 399, c) {
			if p <= 0.05 {
				alarms++
				break
			}
		}
	}
	assert.InDelta(t, 0.05*cases, alarms, 0.025*cases+6)
}
