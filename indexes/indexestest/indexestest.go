// Package indexestest tests what every vector database must do before it is measured.
package indexestest

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/indexes"
)

// Dim is the length of the test vectors.
const Dim = 16

// Run is the conformance test of a database. leastRecall is the lowest recall allowed: 1 for exact search.
func Run(t *testing.T, b indexes.Backend, leastRecall float64) {
	t.Run("finds what was added", func(t *testing.T) { finds(t, b, leastRecall) })
	t.Run("replaces documents of one id", func(t *testing.T) { replaces(t, b) })
	t.Run("keeps all over a restart", func(t *testing.T) { keeps(t, b) })
	t.Run("refuses what is no vector of it", func(t *testing.T) { refuses(t, b) })
	t.Run("collections are apart", func(t *testing.T) { apart(t, b) })
}

func open(t *testing.T, b indexes.Backend, name string) indexes.Index {
	t.Helper()
	x, err := b.Open(t.Context(), name, Dim)
	require.NoError(t, err)
	return x
}

func count(t *testing.T, x indexes.Index) int {
	t.Helper()
	n, err := x.Count(t.Context())
	require.NoError(t, err)
	return n
}

// Documents are n random unit vectors.
func Documents(n int, seed uint64) []indexes.Document {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]indexes.Document, n)
	for i := range out {
		v, norm := make([]float32, Dim), 0.0
		for k := range v {
			v[k] = float32(r.NormFloat64())
			norm += float64(v[k]) * float64(v[k])
		}
		for k := range v {
			v[k] /= float32(math.Sqrt(norm))
		}
		out[i] = indexes.Document{ID: fmt.Sprintf("döc '%d'", i), Vector: v}
	}
	return out
}

func nearest(docs []indexes.Document, q []float32, k int) []string {
	order := slices.Clone(docs)
	slices.SortFunc(order, func(a, b indexes.Document) int { return cmp.Compare(dot(b.Vector, q), dot(a.Vector, q)) })
	var out []string
	for _, d := range order[:min(k, len(order))] {
		out = append(out, d.ID)
	}
	return out
}

func search(t *testing.T, x indexes.Index, q []float32, k int) []string {
	t.Helper()
	got, err := x.(indexes.Searcher).Search(t.Context(), q, k)
	require.NoError(t, err)
	return got
}

func dot(a, b []float32) (s float64) {
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

func finds(t *testing.T, b indexes.Backend, leastRecall float64) {
	x := open(t, b, "finds")
	defer x.Close()
	assert.Equal(t, 0, count(t, x))
	docs := Documents(230, 1)
	require.NoError(t, x.Add(t.Context(), nil), "no documents are no error")
	for batch := range slices.Chunk(docs, 100) {
		require.NoError(t, x.Add(t.Context(), batch))
	}
	assert.Equal(t, 230, count(t, x))
	found := 0
	for _, q := range Documents(20, 2) {
		got := search(t, x, q.Vector, 10)
		require.Len(t, got, 10)
		want := nearest(docs, q.Vector, 10)
		if leastRecall == 1 {
			assert.Equal(t, want, got, "nearest first")
		}
		for _, id := range got {
			if slices.Contains(want, id) {
				found++
			}
		}
	}
	assert.GreaterOrEqual(t, float64(found)/200, leastRecall)
}

func replaces(t *testing.T, b indexes.Backend) {
	x := open(t, b, "replaces")
	defer x.Close()
	docs := Documents(3, 3)
	require.NoError(t, x.Add(t.Context(), docs))
	docs[0].Vector, docs[1].Vector = docs[1].Vector, docs[0].Vector
	require.NoError(t, x.Add(t.Context(), docs[:2]))
	assert.Equal(t, 3, count(t, x))
	got := search(t, x, docs[0].Vector, 100)
	require.Len(t, got, 3, "fewer than asked for")
	assert.Equal(t, docs[0].ID, got[0])
}

func keeps(t *testing.T, b indexes.Backend) {
	x := open(t, b, "keeps")
	docs := Documents(20, 4)
	require.NoError(t, x.Add(t.Context(), docs[:10]))
	require.NoError(t, x.Add(t.Context(), docs[10:]))
	require.NoError(t, x.Close())
	require.NoError(t, b.Restart(t.Context()))
	x = open(t, b, "keeps")
	defer x.Close()
	assert.Equal(t, 20, count(t, x))
	got := search(t, x, docs[13].Vector, 1)
	assert.Equal(t, []string{docs[13].ID}, got)
}

func refuses(t *testing.T, b indexes.Backend) {
	x := open(t, b, "refuses")
	defer x.Close()
	assert.ErrorContains(t, x.Add(t.Context(), []indexes.Document{{ID: "short", Vector: []float32{1}}}), "1 values")
	assert.ErrorContains(t, x.Add(t.Context(), []indexes.Document{{Vector: make([]float32, Dim)}}), "no id")
	assert.Equal(t, 0, count(t, x))
}

func apart(t *testing.T, b indexes.Backend) {
	one, two := open(t, b, "one/a b"), open(t, b, "two")
	defer one.Close()
	defer two.Close()
	require.NoError(t, one.Add(t.Context(), Documents(2, 5)))
	assert.Equal(t, 2, count(t, one))
	assert.Equal(t, 0, count(t, two))
}
