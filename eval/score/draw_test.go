package score

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// captioned is a set of n pictures with a caption each, two pictures to a label.
func captioned(n int) *embed.Set {
	s := &embed.Set{Spec: suite.DatasetSpec{Name: "d"}, ImageEmb: map[string]encoders.Embeddings{}, TextEmb: map[string]encoders.Embeddings{}}
	im, tx := encoders.Embeddings{N: n, Dim: 3}, encoders.Embeddings{N: n, Dim: 3}
	for i := range n {
		id := fmt.Sprintf("%03d", i)
		s.Good = append(s.Good, datasets.Image{ID: id, Labels: []string{fmt.Sprint(i / 2)}})
		s.Texts = append(s.Texts, datasets.Text{ID: "t" + id, Text: id, Images: []string{id}})
		for k := range 3 {
			v := float32((i*31+k*17)%23) - 11
			im.Data, tx.Data = append(im.Data, v), append(tx.Data, v+float32((i*7+k*5)%3))
		}
	}
	s.ImageEmb["i"], s.TextEmb["t"] = im, tx
	return s
}

// TestDrawnQueries: above max_pairs, a search has as many queries as fit, always the same ones, each with the outcome
// that it has among all queries; the row says from how many they were drawn.
func TestDrawnQueries(t *testing.T) {
	s := captioned(60)
	v := &variants.Variant{Spec: encoders.Spec{Name: "v"}, Status: store.StatusOK, ImageKey: "i", TextKey: "t"}
	run := func(limit int64, seed uint64) Output {
		of := &suite.Suite{Metrics: []string{"R@1", "MRR"}, Resamples: 100, Seed: seed, MaxPairs: limit}
		out, err := Run(t.Context(), Input{Suite: of, Sets: []*embed.Set{s}, Variants: []*variants.Variant{v}, Reference: v, Progress: progress.New(nil)})
		require.NoError(t, err)
		return out
	}
	queries := func(out Output) map[string]store.Query {
		all := map[string]store.Query{}
		for _, rows := range out.Queries {
			for q := range rows {
				q.Group = 0 // groups are numbered anew
				all[q.Direction+q.Metric+q.QueryID] = q
			}
		}
		return all
	}
	whole := run(60*60, 1)
	for _, row := range whole.Scores {
		assert.Nil(t, row.SampledFrom)
		assert.EqualValues(t, 60, row.NQueries)
	}
	some := run(60*60-1, 1)
	require.Len(t, some.Scores, len(whole.Scores))
	for _, row := range some.Scores {
		assert.EqualValues(t, 59, row.NQueries)
		require.NotNil(t, row.SampledFrom)
		assert.EqualValues(t, 60, *row.SampledFrom)
		assert.Less(t, row.CILow, row.CIHigh)
	}
	few := run(60*20+59, 1)
	all, drawn := queries(whole), queries(few)
	assert.Len(t, drawn, 20*3*2)
	for id, q := range drawn {
		assert.Equal(t, all[id], q, id)
	}
	assert.Equal(t, drawn, queries(run(60*20, 1)), "the same draw")
	assert.NotEqual(t, drawn, queries(run(60*20, 2)))
	assert.Len(t, queries(run(1, 1)), 3*2, "one query at least")

	// Each query is as likely as any other.
	counts := make([]int, 10)
	for seed := range uint64(2000) {
		d := &search{Direction: store.TextToImage, queries: make([]string, 10), items: make([]string, 10), Counted: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}
		d.draw("d", &suite.Suite{MaxPairs: 30, Seed: seed})
		require.Len(t, d.Counted, 3)
		require.True(t, slices.IsSorted(d.Counted))
		for _, q := range d.Counted {
			counts[q]++
		}
	}
	for _, n := range counts {
		assert.InDelta(t, 600, n, 100) // 5 standard deviations
	}
}
