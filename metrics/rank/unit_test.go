package rank_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/metrics/rank"
)

func TestNormalise(t *testing.T) {
	u := rank.Normalise([]float32{3, 4, 0, 0, 0, -2, 1e38, 0}, 4, 2)
	assert.Equal(t, rank.Unit{N: 4, Dim: 2, Data: []float64{.6, .8, 0, 0, 0, -1, 1, 0}}, u)
	assert.Equal(t, rank.Unit{N: 0, Dim: 5, Data: []float64{}}, rank.Normalise(nil, 0, 5))
	assert.Panics(t, func() { rank.Normalise([]float32{1}, 1, 2) })
}

// Each similarity is the plain sum, to the last bit, whichever item of however many it is.
func TestDotIsPlainSum(t *testing.T) {
	const dim = 37
	queries, items := random(3, dim, 1), random(11, dim, 2)
	for n := range items.N + 1 {
		some := rank.Unit{N: n, Dim: dim, Data: items.Data[:n*dim]}
		for i := range queries.N {
			got := make([]float64, n)
			queries.Dot(i, some, got)
			for k, s := range got {
				var sum float64
				for j := range dim {
					sum += float64(queries.Data[i*dim+j] * items.Data[k*dim+j])
				}
				assert.Equal(t, sum, s, "query %d, item %d of %d", i, k, n)
			}
		}
	}
	assert.Panics(t, func() { queries.Dot(0, items, make([]float64, 10)) })
	assert.Panics(t, func() { queries.Dot(0, random(2, 5, 1), make([]float64, 2)) })
}

// DotAll gives Dot's bits for any number of items and columns, and of values that are no numbers too.
func TestDotAll(t *testing.T) {
	for _, dim := range []int{0, 1, 2, 7, 37, 128} {
		queries, all := random(6, dim, 1), random(70, dim, 2)
		if dim == 7 {
			all.Data[3], all.Data[10], all.Data[15] = math.Inf(1), math.NaN(), math.Copysign(0, -1)
		}
		for _, n := range []int{0, 1, 31, 32, 33, 64, 70} {
			items := rank.Unit{N: n, Dim: dim, Data: all.Data[:n*dim]}
			want, blocks := make([]float64, n), items.Blocks()
			for from := range queries.N {
				got := make([]float64, (queries.N-from)*blocks.Room())
				queries.DotAll(from, queries.N, blocks, got)
				for i := from; i < queries.N; i++ {
					queries.Dot(i, items, want)
					for k, s := range got[(i-from)*blocks.Room():][:n] {
						if s == s || want[k] == want[k] {
							assert.Equal(t, math.Float64bits(want[k]), math.Float64bits(s), "%d items of %d, item %d, query %d from %d", n, dim, k, i, from)
						}
					}
				}
			}
			if n > 0 {
				assert.Panics(t, func() { queries.DotAll(0, 1, blocks, make([]float64, blocks.Room()-1)) })
				assert.Panics(t, func() { random(1, dim+1, 1).DotAll(0, 1, blocks, make([]float64, blocks.Room())) })
			}
		}
	}
}

func random(n, dim int, seed uint64) rank.Unit {
	rnd := rand.New(rand.NewPCG(seed, 0))
	data := make([]float32, n*dim)
	for i := range data {
		data[i] = float32(rnd.NormFloat64())
	}
	return rank.Normalise(data, n, dim)
}

func BenchmarkDot(b *testing.B) {
	queries, items := random(8, 512, 1), random(500, 512, 2)
	dst := make([]float64, items.N)
	for b.Loop() {
		for q := range queries.N {
			queries.Dot(q, items, dst)
		}
	}
}

func BenchmarkDotAll(b *testing.B) {
	queries, items := random(8, 512, 1), random(500, 512, 2).Blocks()
	dst := make([]float64, queries.N*items.Room())
	for b.Loop() {
		queries.DotAll(0, queries.N, items, dst)
	}
}
