package eval

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/rank"
)

// TestFlipBudget: whatever the drift, the measured R@1 lies between the budget's ends; no drift
// leaves nothing open, and more of it leaves more.
func TestFlipBudget(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	const n, dim = 60, 16
	random := func(base []float32, by float64) []float32 {
		out := make([]float32, n*dim)
		for i := range out {
			out[i] = float32(r.NormFloat64() * by)
			if base != nil {
				out[i] += base[i]
			}
		}
		return out
	}
	ids := make([]string, n)
	d := &search{relevant: func(q int, out []bool) {
		for i := range out {
			out[i] = i%20 == q%20
		}
	}}
	for i := range ids {
		ids[i] = string(rune('A' + i))
		d.counted = append(d.counted, i)
	}
	var err error
	d.ranker, err = rank.New(ids, []string{"R@1"})
	require.NoError(t, err)
	texts, images := random(nil, 1), random(nil, 1)
	unit := func(v []float32) rank.Unit { return rank.Normalise(v, n, dim) }
	last := 1.1
	for _, by := range []float64{0, 1e-5, 1e-3, 1e-2, 0.1, 1} {
		t2, i2 := unit(random(texts, by)), unit(random(images, by))
		b := flipBudget(d, unit(texts), unit(images), t2, i2)
		score := 0.0
		for _, o := range d.run(t2, i2).outcomes {
			score += o.Values[0] / n
		}
		assert.GreaterOrEqual(t, score+1e-12, b.low(), "drift %g", by)
		assert.LessOrEqual(t, score-1e-12, b.high(), "drift %g", by)
		if by == 0 {
			assert.Equal(t, 1.0, b.certain())
		}
		assert.LessOrEqual(t, b.certain(), last)
		last = b.certain()
	}
	assert.Less(t, last, 0.1, "at a drift as large as the vectors nothing is certain")
}
