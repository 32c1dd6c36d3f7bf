package rank_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/metrics/rank"
)

var nan, inf = math.NaN(), math.Inf(1)

func ranker(t testing.TB, n int) *rank.Ranker {
	t.Helper()
	r, err := rank.New(ids(n), rank.Names())
	require.NoError(t, err)
	return r
}

// ids are in ascending order, so that among tied items the last ranks first.
func ids(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%05d", i)
	}
	return out
}

// judged marks the relevant of n items.
func judged(n int, relevant ...int) []bool {
	out := make([]bool, n)
	for _, i := range relevant {
		out[i] = true
	}
	return out
}

func TestQuery(t *testing.T) {
	log2 := math.Log2
	long := make([]float64, 12) // item i at rank i+1
	for i := range long {
		long[i] = -float64(i)
	}
	for name, c := range map[string]struct {
		sims     []float64
		relevant []int
		exclude  int
		want     rank.Outcome
	}{
		"first": {
			[]float64{.1, .9, .5}, []int{1}, -1,
			rank.Outcome{Values: []float64{1, 1, 1, 1, 1, 1}, Rank: 1, Margin: .9 - .5, Relevant: 1, Top: []int{1, 2, 0}},
		},
		"two of four, ranks 2 and 4": {
			[]float64{.4, .3, .2, .1}, []int{1, 3}, -1,
			rank.Outcome{
				Values: []float64{0, 1, 1, (1./2 + 2./4) / 2, .5, (1/log2(3) + 1/log2(5)) / (1 + 1/log2(3))},
				Rank:   2, Margin: .3 - .4, Relevant: 2, Top: []int{0, 1, 2, 3},
			},
		},
		"ranks 6 and 11": {
			long, []int{5, 10}, -1,
			rank.Outcome{
				Values: []float64{0, 0, 1, (1./6 + 2./11) / 2, 1. / 6, 1 / log2(7) / (1 + 1/log2(3))},
				Rank:   6, Margin: -5, Relevant: 2, Top: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
			},
		},
		"rank 11": {
			long, []int{10}, -1,
			rank.Outcome{Values: []float64{0, 0, 0, 1. / 11, 1. / 11, 0}, Rank: 11, Margin: -10, Relevant: 1, Top: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		},
		"excluded items are in no rank": {
			[]float64{.9, .5, .1}, []int{0, 1}, 0,
			rank.Outcome{Values: []float64{1, 1, 1, 1, 1, 1}, Rank: 1, Margin: .4, Relevant: 1, Top: []int{1, 2}},
		},
		"ideal cut at 10": {
			long, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, -1,
			rank.Outcome{Values: []float64{1, 1, 1, 1, 1, 1}, Rank: 1, Relevant: 12, Top: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		},
		"nothing relevant": {
			[]float64{.1, .2}, nil, -1,
			rank.Outcome{Values: make([]float64, 6), Top: []int{1, 0}},
		},
		"NaN is last, behind -Inf": {
			[]float64{nan, -inf, 0}, []int{0}, -1,
			rank.Outcome{Values: []float64{0, 1, 1, 1. / 3, 1. / 3, .5}, Rank: 3, Relevant: 1, Top: []int{2, 1, 0}},
		},
		"Inf": {
			[]float64{0, inf}, []int{1}, -1,
			rank.Outcome{Values: []float64{1, 1, 1, 1, 1, 1}, Rank: 1, Margin: inf, Relevant: 1, Top: []int{1, 0}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := len(c.sims)
			got := ranker(t, n).Query(c.sims, judged(n, c.relevant...), c.exclude)
			assert.InDeltaSlice(t, c.want.Values, got.Values, 1e-15)
			assert.Equal(t, got.Values, got.TieLow, "no ties")
			assert.Equal(t, got.Values, got.TieHigh, "no ties")
			if c.want.Margin != got.Margin {
				assert.InDelta(t, c.want.Margin, got.Margin, 1e-15)
			}
			assert.Equal(t, margins(c.sims, judged(n, c.relevant...), c.exclude), got.MarginAt)
			c.want.Values, c.want.TieLow, c.want.TieHigh, c.want.Margin, c.want.MarginAt = got.Values, got.TieLow, got.TieHigh, got.Margin, got.MarginAt
			c.want.TopHits = make([]bool, len(got.Top))
			for i, at := range got.Top {
				c.want.TopHits[i] = slices.Contains(c.relevant, at)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// margins is MarginAt by sorting.
func margins(sims []float64, relevant []bool, exclude int) (out [len(rank.MarginCuts)]float64) {
	var in, rest []float64
	for i, s := range sims {
		if i != exclude && relevant[i] {
			in = append(in, s)
		} else if i != exclude {
			rest = append(rest, s)
		}
	}
	slices.Sort(in) // NaN first
	slices.Sort(rest)
	for i, k := range rank.MarginCuts {
		switch {
		case len(in) == 0:
		case len(rest) < k:
			out[i] = inf
		default:
			if m := in[len(in)-1] - rest[len(rest)-k]; m == m {
				out[i] = m
			}
		}
	}
	return out
}

// TestMarginAt: its sign is the outcome at K.
func TestMarginAt(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 200 {
		n := 2 + rng.IntN(30)
		sims, relevant := make([]float64, n), make([]bool, n)
		for i := range sims {
			sims[i], relevant[i] = rng.Float64(), rng.IntN(8) == 0
		}
		relevant[rng.IntN(n)] = true
		exclude := rng.IntN(n+1) - 1
		got := ranker(t, n).Query(sims, relevant, exclude)
		assert.Equal(t, margins(sims, relevant, exclude), got.MarginAt)
		for i := range rank.MarginCuts {
			if got.Relevant > 0 {
				assert.Equal(t, got.Values[i] == 1, got.MarginAt[i] > 0)
			}
		}
	}
}

func TestTies(t *testing.T) {
	r, err := rank.New([]string{"b", "d", "a", "c"}, []string{"MRR", "R@1"})
	require.NoError(t, err)
	got := r.Query([]float64{0, math.Copysign(0, -1), 0, 0}, judged(4, 0), -1)
	assert.Equal(t, rank.Outcome{
		Values: []float64{1. / 3, 0}, TieLow: []float64{1. / 4, 0}, TieHigh: []float64{1, 1},
		Rank: 3, MarginAt: [3]float64{0, inf, inf}, Relevant: 1, Top: []int{1, 3, 0, 2}, TopHits: []bool{false, false, true, false},
	}, got)
	got = r.Query([]float64{nan, nan, 1, nan}, judged(4, 0), 1) // c and b are left of the tie
	assert.Equal(t, rank.Outcome{
		Values: []float64{1. / 3, 0}, TieLow: []float64{1. / 3, 0}, TieHigh: []float64{1. / 2, 0},
		Rank: 3, MarginAt: [3]float64{0, inf, inf}, Relevant: 1, Top: []int{2, 3, 0}, TopHits: []bool{false, false, true},
	}, got)
}

// permutations calls yield with every order of 0 to n-1.
func permutations(n int, yield func([]int)) {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	var from func(int)
	from = func(k int) {
		if k == n {
			yield(p)
			return
		}
		for i := k; i < n; i++ {
			p[k], p[i] = p[i], p[k]
			from(k + 1)
			p[k], p[i] = p[i], p[k]
		}
	}
	from(0)
}

// The extremes over ties are those of all orders that the ids of tied items can give.
func TestTiesAgainstAllOrders(t *testing.T) {
	const n = 6
	names := []string{"R@1", "R@5", "MAP", "MRR", "nDCG@10"}
	var rankers []*rank.Ranker
	permutations(n, func(p []int) {
		id := make([]string, n)
		for i, k := range p {
			id[i] = string(rune('a' + k))
		}
		r, err := rank.New(id, names)
		require.NoError(t, err)
		rankers = append(rankers, r)
	})
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 60 {
		sims, relevant := make([]float64, n), make([]bool, n)
		for i := range sims {
			sims[i] = []float64{-1, 0, .5, nan}[rnd.IntN(1+rnd.IntN(4))]
			relevant[i] = rnd.IntN(3) == 0
		}
		exclude := rnd.IntN(n+1) - 1
		low, high := slices.Repeat([]float64{2}, len(names)), slices.Repeat([]float64{-1}, len(names))
		for _, r := range rankers {
			for m, v := range r.Query(sims, relevant, exclude).Values {
				low[m], high[m] = min(low[m], v), max(high[m], v)
			}
		}
		got := rankers[0].Query(sims, relevant, exclude)
		require.Equal(t, low, got.TieLow, "%v %v", sims, relevant)
		require.Equal(t, high, got.TieHigh, "%v %v", sims, relevant)
	}
}

// generated is a query with many ties, its similarities exact in float32.
func generated(n int, rnd *rand.Rand) (sims []float64, relevant []bool) {
	sims, relevant = make([]float64, n), make([]bool, n)
	levels, every := 1+rnd.IntN(2*n), 1+rnd.IntN(n)
	for i := range sims {
		sims[i] = float64(rnd.IntN(levels))/64 - 0.5
		relevant[i] = rnd.IntN(every) == 0
	}
	relevant[rnd.IntN(n)] = true
	return sims, relevant
}

func TestQueryProperties(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 2))
	for range 300 {
		n := 1 + rnd.IntN(80)
		sims, relevant := generated(n, rnd)
		r := ranker(t, n)
		got := r.Query(sims, relevant, -1)
		for m, v := range got.Values {
			require.True(t, 0 <= got.TieLow[m] && got.TieLow[m] <= v && v <= got.TieHigh[m] && got.TieHigh[m] <= 1, got)
		}
		order := make([]int, n)
		for i := range order {
			order[i] = n - 1 - i
		}
		slices.SortStableFunc(order, func(a, b int) int { return -compare(sims[a], sims[b]) })
		require.Equal(t, order[:min(n, 10)], got.Top)
		require.Equal(t, 1+slices.IndexFunc(order, func(i int) bool { return relevant[i] }), got.Rank)
	}
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestNewRejects(t *testing.T) {
	_, err := rank.New([]string{"a", "b", "a"}, nil)
	assert.EqualError(t, err, `item id "a" occurs twice: give each item its own`)
	_, err = rank.New(nil, []string{"MAP", "map"})
	assert.ErrorContains(t, err, `metric "map" is unknown`)
	r := ranker(t, 2)
	assert.Panics(t, func() { r.Query([]float64{1}, []bool{true, true}, -1) })
	assert.Panics(t, func() { r.Query([]float64{1, 2}, []bool{true}, -1) })
	for _, name := range rank.Names() {
		assert.True(t, rank.Known(name), name)
	}
	assert.False(t, rank.Known("R@2"))
}

func TestRankerConcurrently(t *testing.T) {
	sims, relevant := generated(100, rand.New(rand.NewPCG(3, 3)))
	r := ranker(t, 100)
	want := r.Query(sims, relevant, -1)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { assert.Equal(t, want, r.Query(sims, relevant, -1)) })
	}
	all.Wait()
}

func BenchmarkQuery(b *testing.B) {
	for _, n := range []int{500, 5000} {
		for _, many := range []int{1, 5, n / 10} {
			rnd := rand.New(rand.NewPCG(4, 4))
			sims, relevant := make([]float64, n), make([]bool, n)
			for i := range sims {
				sims[i] = rnd.NormFloat64()
				relevant[i] = i < many
			}
			r := ranker(b, n)
			b.Run(fmt.Sprintf("items=%d/relevant=%d", n, many), func(b *testing.B) {
				for b.Loop() {
					r.Query(sims, relevant, -1)
				}
			})
		}
	}
}
