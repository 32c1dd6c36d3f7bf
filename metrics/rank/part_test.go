package rank

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPartsEqualSearchConcurrently: queries that are searched for a range at a time, over items that pass by in blocks,
// have the outcomes of the whole search, of texts and of pictures among themselves.
func TestPartsEqualSearchConcurrently(t *testing.T) {
	odd := func(r *rand.Rand, n, dim int) []float32 {
		out := vectors["spread"](r, n, dim)
		out[n*dim/2] = float32(math.NaN())
		return out
	}
	for kind, make := range map[string]func(*rand.Rand, int, int) []float32{"spread": vectors["spread"], "nearer": vectors["nearer"], "few values": vectors["few values"], "zero": vectors["zero"], "odd": odd} {
		for n, c := range []searchSize{{130, 150, 24, 3}, {100, 130, 9, 60}} {
			r := rand.New(rand.NewPCG(uint64(n), 2))
			a, b := NewRaw(make(r, c.a, c.dim), c.a, c.dim), NewRaw(make(r, c.b, c.dim), c.b, c.dim)
			for _, self := range []bool{false, true} {
				queries := a
				if self {
					queries = b
				}
				lists := relation(r, queries.n, c.b, c.most)
				relevant := func(q int) []int32 { return lists[q] }
				ranker := someRanker(t, r, c.b)
				want, _, err := Search{A: queries.Unit(), B: b.Unit(), Relevant: relevant, ToB: ranker, Self: self}.Run(t.Context())
				require.NoError(t, err)
				var got []Outcome
				for from := 0; from < queries.n; from += 96 {
					p := Part{Queries: queries.Part(from, min(from+96, queries.n)), Items: b, Relevant: func(q int) []int32 { return lists[from+q] }, Ranker: ranker, block: 64}
					if self {
						p.Own = numbers(from, queries.n)
					}
					some, err := p.Run(t.Context())
					require.NoError(t, err)
					got = append(got, some...)
				}
				assert.Equal(t, fmt.Sprint(want), fmt.Sprint(got), "%s %v self %v", kind, c, self)

				some := []int{3, 4, 50, 51, 90, 99} // queries from here and there
				p := Part{Queries: queries.Pick(some), Items: b, Relevant: func(q int) []int32 { return lists[some[q]] }, Ranker: ranker, block: 64}
				if self {
					p.Own = []int32{3, 4, 50, 51, 90, 99}
				}
				got, err = p.Run(t.Context())
				require.NoError(t, err)
				for i, q := range some {
					assert.Equal(t, fmt.Sprint(want[q]), fmt.Sprint(got[i]), "%s %v self %v query %d", kind, c, self, q)
				}
			}
		}
	}
}

// numbers are from, from+1 and so on, before to.
func numbers(from, to int) (out []int32) {
	for i := from; i < to; i++ {
		out = append(out, int32(i))
	}
	return out
}
