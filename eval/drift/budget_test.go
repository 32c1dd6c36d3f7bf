package drift

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/metrics/rank"
)

// TestFlipBudget: whatever the drift, every certain query is as it was said, so that the measured
// R@K lies between the budget's ends; no drift leaves nothing open, and more of it leaves more.
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
	d := &Retrieval{Relevant: everyNth(n, 20)}
	for i := range ids {
		ids[i] = string(rune('A' + i))
		d.Counted = append(d.Counted, i)
	}
	ranker, err := rank.New(ids, []string{"R@1", "R@5", "R@10"})
	require.NoError(t, err)
	texts, images := random(nil, 1), random(nil, 1)
	copy(images[dim:2*dim], images[:dim]) // a tie
	unit := func(v []float32) rank.Unit { return rank.Normalise(v, n, dim) }
	cuts := rank.MarginCuts[:]
	for _, self := range []bool{false, true} {
		d.Self = self
		if self {
			texts = images
		}
		ref := ranked(t, d, ranker, unit(texts), unit(images))
		last := [3]float64{1.1, 1.1, 1.1}
		for _, by := range []float64{0, 1e-9, 1e-5, 1e-3, 1e-2, 0.1, 1} {
			moved := random(images, by)
			turned := moved
			if !self {
				turned = random(texts, by)
			}
			measured := ranked(t, d, ranker, unit(turned), unit(moved)).Outcomes
			budgets, err := FlipBudget(t.Context(), ref, unit(texts), unit(images), unit(turned), unit(moved), cuts, nil)
			require.NoError(t, err)
			for i, b := range budgets {
				score := 0.0
				for q, o := range measured {
					score += o.Values[i] / n
					switch b.Verdicts[q] {
					case certainHit:
						assert.Equal(t, 1.0, o.Values[i])
					case certainMiss:
						assert.Equal(t, 0.0, o.Values[i])
					}
				}
				assert.GreaterOrEqual(t, score+1e-12, b.Low(), "drift %g", by)
				assert.LessOrEqual(t, score-1e-12, b.High(), "drift %g", by)
				if by == 0 {
					assert.Equal(t, 1.0, b.Certain())
				}
				assert.LessOrEqual(t, b.Certain(), last[i])
				last[i] = b.Certain()
			}
		}
		assert.Less(t, last[0], 0.1, "at a drift as large as the vectors nothing is certain")
	}
}

// everyNth makes each nth item relevant, itself among them.
func everyNth(n, nth int) [][]int32 {
	out := make([][]int32, n)
	for q := range out {
		for i := q % nth; i < n; i += nth {
			out[q] = append(out[q], int32(i))
		}
	}
	return out
}

func ranked(t *testing.T, d *Retrieval, ranker *rank.Ranker, queries, items rank.Unit) Retrieval {
	all, _, err := rank.Search{A: queries, B: items, Relevant: func(q int) []int32 { return d.Relevant[q] }, ToB: ranker, Self: d.Self}.Run(t.Context())
	require.NoError(t, err)
	out := *d
	out.Outcomes = nil
	for _, q := range d.Counted {
		out.Outcomes = append(out.Outcomes, all[q])
	}
	return out
}

// TestBudgetOfMargins: a drift of all unit embeddings by less than a quarter of the least margin
// at K leaves every query certain; at a half of it, it is possible that some are not.
func TestBudgetOfMargins(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	const n, dim = 40, 8
	vectors := func() []float32 {
		out := make([]float32, n*dim)
		for i := range out {
			out[i] = float32(r.NormFloat64())
		}
		return out
	}
	ids := make([]string, n)
	d := &Retrieval{Relevant: everyNth(n, 8)}
	for i := range ids {
		ids[i] = string(rune('A' + i))
		d.Counted = append(d.Counted, i)
	}
	ranker, err := rank.New(ids, []string{"R@1"})
	require.NoError(t, err)
	texts, images := rank.Normalise(vectors(), n, dim), rank.Normalise(vectors(), n, dim)
	ref := ranked(t, d, ranker, texts, images)
	for i, k := range rank.MarginCuts {
		least := math.Inf(1)
		for _, o := range ref.Outcomes {
			least = min(least, math.Abs(o.MarginAt[i]))
		}
		for range 20 {
			turn := func(u rank.Unit) rank.Unit { // to another unit vector, by less than least/4
				out := rank.Unit{N: n, Dim: dim, Data: slices.Clone(u.Data)}
				for row := range n {
					a, b := row*dim+r.IntN(dim), row*dim+r.IntN(dim)
					angle := 0.99 * least / 4
					if a != b {
						x, y := u.Data[a], u.Data[b]
						out.Data[a], out.Data[b] = x*math.Cos(angle)-y*math.Sin(angle), x*math.Sin(angle)+y*math.Cos(angle)
					}
				}
				return out
			}
			budgets, err := FlipBudget(t.Context(), ref, texts, images, turn(texts), turn(images), []int{k}, nil)
			require.NoError(t, err)
			b := budgets[0]
			assert.Equal(t, 1.0, b.Certain(), "K %d", k)
		}
	}
}

// A search that is too large leaves everything open, and says that it stopped.
func TestStop(t *testing.T) {
	for _, b := range Stop(3, 2) {
		assert.Equal(t, [4]float64{0, 0, 1, 1}, [4]float64{b.Certain(), b.Low(), b.High(), b.Share(Stopped)})
	}
	assert.Len(t, Stop(3, 2), 2)
}

func TestTooLarge(t *testing.T) {
	for _, c := range []struct {
		queries, items, values int
		want                   bool
	}{
		{25_000, 5_000, 30_000 * 512, false},     // COCO
		{1 << 18, 1 << 18, 1 << 18 * 128, false}, // the largest of pictures among themselves
		{1<<18 + 1, 1 << 18, 1 << 20, true},      // time
		{100, 1_000_000, 1_000_100 * 128, true},  // memory, although there are few queries
		{100, 1_000_000, 1_000_100 * 32, false},
	} {
		assert.Equal(t, c.want, TooLarge(c.queries, c.items, c.values), "%+v", c)
	}
}
