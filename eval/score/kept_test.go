package score

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/metrics/rank"
)

// TestPackFound: outcomes come back to the last bit, and others' are refused.
func TestPackFound(t *testing.T) {
	ranker, err := rank.New([]string{"a", "b", "c"}, []string{"R@1", "MRR"})
	require.NoError(t, err)
	d := &search{Counted: []int{0, 2}, items: []string{"a", "b", "c"}, ranker: ranker}
	odd := math.Copysign(0, -1)
	want := []Found{{Search: d, Certain: map[string]drift.Budget{}, Outcomes: []rank.Outcome{
		{Values: []float64{1, odd}, TieLow: []float64{0, 1e-300}, TieHigh: []float64{1, 1}, Rank: 3, Margin: odd, MarginAt: [3]float64{math.Inf(1), -2, odd}, Relevant: 70_000, Top: []int{2, 0}, TopHits: []bool{false, true}},
		{Values: []float64{0, 0}, TieLow: []float64{0, 0}, TieHigh: []float64{0, 0}, Top: []int{}, TopHits: []bool{}},
	}}}
	data := packFound(want)
	got, err := unpackFound(data, []*search{d})
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.True(t, math.Signbit(got[0].Outcomes[0].Margin))
	for n := range data {
		_, err := unpackFound(data[:n], []*search{d})
		assert.Error(t, err, "%d bytes", n)
	}
	_, err = unpackFound(append(data, 0), []*search{d})
	assert.Error(t, err)
	_, err = unpackFound(data, []*search{{Counted: []int{0}, items: d.items, ranker: ranker}})
	assert.Error(t, err, "of another number of queries")
	_, err = unpackFound(data, []*search{{Counted: d.Counted, items: d.items[:2], ranker: ranker}})
	assert.Error(t, err, "an item that is not there")
}
