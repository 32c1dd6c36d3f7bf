package facts

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/reportstest"
)

// TestVariantFirst: a single score is shown only in a variant that is; a failed variant is in no test, nor is
// one whose queries were not read.
func TestVariantFirst(t *testing.T) {
	res := reportstest.Full()
	shown := map[string]int{}
	for _, s := range correctedScores(res) {
		if s.Variant == "onnx/mini" {
			assert.Zero(t, s.Comparisons)
			assert.False(t, s.PHolm.Known())
		} else if s.Real() {
			shown[s.Variant]++
		}
	}
	assert.Equal(t, map[string]int{"opencv_based/mini": 19}, shown, "nine searches in two metrics, and all R@1")
	res.Variants[3].Status = "timeout"
	for _, s := range correctedScores(res) {
		assert.False(t, s.Real(), s)
	}
	res = reportstest.Full()
	res.Queries = nil
	for _, s := range correctedScores(res) {
		assert.False(t, s.PHolm.Known(), s)
	}
}

func TestHeadline(t *testing.T) {
	assert.Equal(t, "R@1", headline(nil))
	assert.Equal(t, "R@1", headline([]store.Score{{Metric: "MAP"}, {Metric: "R@1"}}))
	assert.Equal(t, "MAP", headline([]store.Score{{Metric: "MAP"}, {Metric: "R@5"}}))
}

func TestColumns(t *testing.T) {
	type set struct{ name, arity string }
	for _, c := range []struct {
		sets         []set
		titles, keys []string
	}{
		{nil, nil, nil},
		{[]set{{"c", "triple"}, {"a", "single"}}, []string{"a", "c"}, []string{"t2i_single", "t2i_triple"}},
		{[]set{{"a", "single"}, {"b", "single"}}, []string{"a", "b"}, []string{"t2i_a", "t2i_b"}},
		{[]set{{"a", "single"}, {"b", ""}}, []string{"a", "b"}, []string{"t2i_a", "t2i_b"}},
		{[]set{{"A b", ""}, {"a/b", "four"}}, []string{"A b", "a/b"}, []string{"t2i_a_b", "t2i_a_b_2"}},
	} {
		res := &store.Results{}
		for _, s := range c.sets {
			res.Datasets = append(res.Datasets, store.Dataset{Dataset: s.name, Arity: s.arity})
		}
		var titles, keys []string
		for _, col := range buildColumns(res, "R@1") {
			titles, keys = append(titles, col.Title), append(keys, col.Key)
		}
		assert.Equal(t, append(c.titles, "image-to-text", "image-to-image"), titles)
		assert.Equal(t, append(c.keys, "i2t", "i2i"), keys)
	}
}

// TestMeanCell: a mean is over all datasets or absent, and real when it is on one of them.
func TestMeanCell(t *testing.T) {
	c := Column{Key: "i2t", Direction: "i2t", Metric: "R@1", Datasets: []string{"a", "b"}}
	v := Identity{Variant: "v", Status: "ok"}
	by := map[scoreKey]Score{
		{"a", "v", "i2t", "R@1"}: {Value: 0.4, CILow: 0.37, CIHigh: 0.43, Delta: -0.1, PHolm: 0.01},
		{"b", "v", "i2t", "R@1"}: {Value: 0.6, CILow: 0.56, CIHigh: 0.64, Delta: 0, PHolm: 1},
	}
	got := newCell(c, v, by)
	assert.InDelta(t, 0.5, float64(got.Value), 1e-12)
	assert.InDelta(t, -0.05, float64(got.Delta), 1e-12)
	assert.InDelta(t, 0.025, float64(got.HalfWidth), 1e-12, "sqrt(3²+4²)/2 points")
	assert.True(t, got.Real)

	delete(by, scoreKey{"b", "v", "i2t", "R@1"})
	assert.False(t, newCell(c, v, by).Value.Known())
	v.Status = "failed"
	c.Datasets = c.Datasets[:1]
	assert.False(t, newCell(c, v, by).Value.Known(), "a failed variant has no numbers")
}

func TestDriftMeans(t *testing.T) {
	rows := []store.Drift{
		{Variant: "v", Dataset: "a", Modality: "image", Stage: "embedding", Stat: "x", Value: 1, N: 1},
		{Variant: "v", Dataset: "b", Modality: "image", Stage: "embedding", Stat: "x", Value: 5, N: 3},
		{Variant: "v", Dataset: "b", Modality: "text", Stage: "embedding", Stat: "x", Value: 100, N: 3},
		{Variant: "w", Dataset: "b", Modality: "image", Stage: "embedding", Stat: "x", Value: 100, N: 3},
	}
	assert.InDelta(t, 4, float64(WeightedDrift(rows, "v", "image", "embedding", "x")), 1e-12)
	assert.InDelta(t, 1, float64(LeastDrift(rows, "v", "image", "embedding", "x")), 1e-12)
	assert.False(t, WeightedDrift(rows, "u", "image", "embedding", "x").Known())
	assert.False(t, LeastDrift(rows, "u", "image", "embedding", "x").Known())
}
