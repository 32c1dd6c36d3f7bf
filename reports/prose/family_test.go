package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// TestFamily: a comparison that could not have shown anything does not count, and what shows
// only over all datasets is found.
func TestFamily(t *testing.T) {
	zero, loss, p, one := 0.0, -0.02, 0.03, 1.0
	res := &store.Results{
		Variants: []store.Variant{{Variant: "ref", IsReference: true, Status: "ok"}, {Variant: "v", Status: "ok"}, {Variant: "same", Status: "ok"}},
		Pooled: []store.Pooled{
			{Variant: "v", Direction: "t2i", Metric: "R@1", Datasets: 2, Delta: -0.03, DeltaLow: -0.05, DeltaHigh: -0.01, PValue: 0.001},
			{Variant: "same", Direction: "t2i", Metric: "R@1", Datasets: 2, PValue: 1},
		},
	}
	for _, d := range []string{"one", "two"} {
		res.Scores = append(res.Scores,
			store.Score{Dataset: d, Variant: "v", Direction: "t2i", Metric: "R@1", Delta: &loss, DeltaLow: &loss, DeltaHigh: &zero, PValue: &p},
			store.Score{Dataset: d, Variant: "same", Direction: "t2i", Metric: "R@1", Delta: &zero, DeltaLow: &zero, DeltaHigh: &zero, PValue: &one})
	}
	got := facts.Build(res).Scores
	var holm []float64
	for _, s := range got {
		holm = append(holm, float64(s.PHolm))
		assert.Equal(t, 6, s.Comparisons)
	}
	// Of six comparisons three can show something: 3 x 0.001, then 2 x 0.03 for both.
	assert.InDeltaSlice(t, []float64{0.06, 1, 0.06, 1, 0.003, 1}, holm, 1e-12)
	var texts []string
	for _, f := range scoreChanges(res, facts.Report{Metric: "R@1", Scores: got}) {
		texts = append(texts, f.Text)
	}
	assert.Equal(t, []string{"v: t2i R@1 on all datasets falls by 3.0 points [1.0, 5.0]", "same: no score change beyond noise (6 comparisons, Holm 5 %)"}, texts)
}
