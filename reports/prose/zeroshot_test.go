package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// The table of zero-shot classification says how many classes compete, and no interval leaves the scale.
func TestCandidateClasses(t *testing.T) {
	r := facts.Report{
		Head:        facts.Head{Datasets: []facts.Dataset{{Name: "pets", Classes: 5}, {Name: "photos"}}},
		Performance: []facts.Performance{{Identity: facts.Identity{Variant: "ref", IsReference: true, Status: "ok"}}},
		Scores:      []facts.Score{{Dataset: "pets", Variant: "ref", Metric: "mean_per_class_recall", Value: 0.8, CILow: 0.5, CIHigh: 1.1, Delta: facts.Absent()}},
	}
	s, ok := ZeroShotSection(r)
	require.True(t, ok)
	assert.Equal(t, []string{"variant", "pets mean per class recall"}, s.Header)
	assert.Equal(t, "80.0 [50.0, 100.0]", s.Rows[0].Cells[1].Text)
	assert.Equal(t, "pets: 5 candidate classes.", s.Notes[0])
}

// A search that had a sample of its queries is named, once for all metrics and variants.
func TestDrawnQueriesAreNamed(t *testing.T) {
	row := func(metric string, from int64) facts.Score {
		return facts.Score{Dataset: "photos", Direction: store.TextToImage, Metric: metric, Queries: 1000, SampledFrom: from}
	}
	assert.Empty(t, drawnNotes([]facts.Score{row("R@1", 0)}))
	got := drawnNotes([]facts.Score{row("R@1", 50_000), row("MRR", 50_000)})
	require.Len(t, got, 1)
	assert.Contains(t, got[0], "photos, t2i: 1000 queries were drawn at random from 50000")
}

// What is not used of a set is a finding, and so are texts that look wrong.
func TestUnevenBalances(t *testing.T) {
	res := &store.Results{}
	res.Datasets = []store.Dataset{{Dataset: "a"}, {Dataset: "b", Balance: "3 files: 1 used, 2 ignored (.avif 2)"}, {Dataset: "c", Suspect: 2, SuspectWhy: "texts that are a URL 2"}}
	got := found(res, "balance", "suspect_texts")
	require.Len(t, got, 2)
	assert.Equal(t, Finding{Kind: "balance", Dataset: "b", Text: "b is not used completely: 3 files: 1 used, 2 ignored (.avif 2)", About: "b is not used completely: 3 files: 1 used, 2 ignored (.avif 2)"}, got[0])
	assert.Equal(t, "suspect_texts", got[1].Kind)
	assert.Contains(t, got[1].Text, "texts that are a URL 2")
}
