package rank

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/metrics/rank/tiles"
)

// vectors are kinds of embeddings that a search has to get right: spread out, in tight clusters
// whose similarities float32 cannot tell apart, of few different values, equal, and zero.
var vectors = map[string]func(r *rand.Rand, n, dim int) []float32{
	"spread": func(r *rand.Rand, n, dim int) []float32 {
		out := make([]float32, n*dim)
		for i := range out {
			out[i] = float32(r.NormFloat64())
		}
		return out
	},
	"near": func(r *rand.Rand, n, dim int) []float32 {
		out := make([]float32, n*dim)
		for i := range out {
			out[i] = float32(math.Cos(float64(i%dim)) + 1e-4*r.NormFloat64())
		}
		return out
	},
	"nearer": func(r *rand.Rand, n, dim int) []float32 {
		out := make([]float32, n*dim)
		for i := range out {
			out[i] = float32(math.Cos(float64(i%dim)) + 1e-7*r.NormFloat64())
		}
		return out
	},
	"few values": func(r *rand.Rand, n, dim int) []float32 {
		out := make([]float32, n*dim)
		for i := range n {
			at := r.IntN(4)
			for j := range dim {
				out[i*dim+j] = float32((at+j)%3 - 1)
			}
		}
		return out
	},
	"equal": func(_ *rand.Rand, n, dim int) []float32 {
		return slices.Repeat([]float32{1.5}, n*dim)
	},
	"zero": func(_ *rand.Rand, n, dim int) []float32 { return make([]float32, n*dim) },
	"tiny": func(r *rand.Rand, n, dim int) []float32 {
		out := make([]float32, n*dim)
		for i := range out {
			out[i] = float32(r.NormFloat64()) * 1e-30
		}
		return out
	},
}

func someRanker(t testing.TB, r *rand.Rand, n int) *Ranker {
	names := make([]string, n)
	for i, at := range r.Perm(n) {
		names[i] = fmt.Sprintf("%06d", at)
	}
	out, err := New(names, metricSets[r.IntN(len(metricSets))])
	require.NoError(t, err)
	return out
}

// metricSets depend on the ranks of all relevant items, of the first, of the first ten, and of none.
var metricSets = [][]string{Names(), {"R@1"}, {"MRR", "nDCG@10"}, {}}

// relation gives some, none or many relevant items to each of n queries.
func relation(r *rand.Rand, n, items, most int) [][]int32 {
	out := make([][]int32, n)
	for q := range out {
		for range r.IntN(most + 1) {
			out[q] = append(out[q], int32(r.IntN(items)))
		}
		slices.Sort(out[q])
		out[q] = slices.Compact(out[q])
	}
	return out
}

// A search by tiles is the search of the whole matrix, to the last bit of every field, with every
// kernel, on any number of workers.
func TestSearchEqualsWholeMatrixConcurrently(t *testing.T) {
	searchEqualsWholeMatrix(t, searchSize{1, 1, 1, 1}, searchSize{7, 33, 5, 2}, searchSize{60, 40, 24, 3}, searchSize{130, 150, 8, 5})
}

// TestSearchOfManyEqualsWholeMatrix has several blocks of columns, which the race detector makes slow.
func TestSearchOfManyEqualsWholeMatrix(t *testing.T) {
	searchEqualsWholeMatrix(t, searchSize{300, 520, 64, 5}, searchSize{40, 600, 17, 90}, searchSize{200, 1100, 33, 1}, searchSize{60, 40, 96, 3}, searchSize{150, 260, 8, 5})
}

type searchSize struct{ a, b, dim, most int }

func searchEqualsWholeMatrix(t *testing.T, sizes ...searchSize) {
	for kind, make := range vectors {
		for n, c := range sizes {
			r := rand.New(rand.NewPCG(uint64(n), 1))
			a, b := Normalise(make(r, c.a, c.dim), c.a, c.dim), Normalise(make(r, c.b, c.dim), c.b, c.dim)
			lists := relation(r, c.a, c.b, c.most)
			s := Search{A: a, B: b, Relevant: func(q int) []int32 { return lists[q] }, ToB: someRanker(t, r, c.b), ToA: someRanker(t, r, c.a)}
			same(t, fmt.Sprintf("%s %v", kind, c), s)
			lists = relation(r, c.a, c.a, c.most)
			same(t, fmt.Sprintf("%s self %v", kind, c), Search{A: a, B: a, Relevant: func(q int) []int32 { return lists[q] }, ToB: someRanker(t, r, c.a), Self: true})
		}
	}
}

func same(t *testing.T, name string, s Search) {
	toB, toA, err := s.plain(t.Context())
	require.NoError(t, err)
	for _, k := range tiles.All() {
		for _, workers := range []int{1, 3} {
			gotB, gotA, err := s.run(t.Context(), k, workers)
			require.NoError(t, err)
			require.Equal(t, toB, gotB, "%s %s %d: to B", name, k.Name, workers)
			require.Equal(t, toA, gotA, "%s %s %d: to A", name, k.Name, workers)
		}
	}
}

func TestSearchNotFinite(t *testing.T) {
	a := Normalise([]float32{1, 0, 0, 1}, 2, 2)
	b := Normalise([]float32{1, 0, float32(math.NaN()), 1, 0, 1}, 3, 2)
	r := rand.New(rand.NewPCG(1, 1))
	s := Search{A: a, B: b, Relevant: func(q int) []int32 { return []int32{int32(q)} }, ToB: someRanker(t, r, 3), ToA: someRanker(t, r, 2)}
	toB, toA, err := s.Run(t.Context())
	require.NoError(t, err)
	wantB, wantA, err := s.plain(t.Context())
	require.NoError(t, err)
	assert.Equal(t, wantB, toB)
	assert.Equal(t, wantA, toA)
	assert.Equal(t, 3, toB[1].Rank, "NaN ranks last")
}

func TestOrderAndBack(t *testing.T) {
	for _, v := range []float64{0, 1, -1, 1e-300, -1e-300, math.Inf(1), math.Inf(-1)} {
		assert.Equal(t, v, unorder(order(v)))
	}
}

func FuzzSearch(f *testing.F) {
	f.Add(uint64(1), uint8(9), uint8(70), uint8(3), uint8(2))
	f.Fuzz(func(t *testing.T, seed uint64, n, m, dim, most uint8) {
		r := rand.New(rand.NewPCG(seed, 0))
		kinds := []string{"spread", "near", "nearer", "few values", "equal", "zero", "tiny"}
		c := [3]int{int(n)%100 + 1, int(m) + 1, int(dim)%40 + 1}
		data := func(n int) Unit { return Normalise(vectors[kinds[r.IntN(len(kinds))]](r, n, c[2]), n, c[2]) }
		a, b := data(c[0]), data(c[1])
		lists := relation(r, c[0], c[1], int(most)%80)
		same(t, "fuzz", Search{A: a, B: b, Relevant: func(q int) []int32 { return lists[q] }, ToB: someRanker(t, r, c[1]), ToA: someRanker(t, r, c[0])})
	})
}
