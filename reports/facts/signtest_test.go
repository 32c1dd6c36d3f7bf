package facts

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSignTest(t *testing.T) {
	reps := func(v ...float64) map[int64]float64 {
		out := map[int64]float64{}
		for i, x := range v {
			out[int64(i)] = x
		}
		return out
	}
	ones := reps(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
	// R 4.2: binom.test(10, 10)$p.value, binom.test(9, 10), binom.test(8, 10), binom.test(5, 10)
	assert.InDelta(t, 0.001953125, float64(signTest(reps(2, 2, 2, 2, 2, 2, 2, 2, 2, 2), ones)), 1e-12)
	assert.InDelta(t, 0.021484375, float64(signTest(reps(2, 2, 2, 2, 2, 2, 2, 2, 2, 0.5), ones)), 1e-12)
	assert.InDelta(t, 0.109375, float64(signTest(reps(2, 2, 0.5, 2, 2, 2, 2, 2, 2, 0.5), ones)), 1e-12)
	assert.InDelta(t, 1, float64(signTest(reps(2, 2, 2, 2, 2, 0.5, 0.5, 0.5, 0.5, 0.5), ones)), 1e-12)
	assert.InDelta(t, 0.5, float64(signTest(reps(2, 1, 1, 2), ones)), 1e-12, "ties say nothing")
	assert.False(t, signTest(reps(1, 1), ones).Known())
	assert.False(t, signTest(nil, ones).Known())
}
