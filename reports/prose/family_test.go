package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/reportstest"
)

// TestOneComputation: what the headline counts, what the findings tell and what the table marks are the same
// variants, whatever the outcomes.
func TestOneComputation(t *testing.T) {
	for seed := range 15 {
		res := reportstest.Flipped(uint64(seed))
		r := facts.Build(res)
		counted, told, marked := 0, map[string]bool{}, map[string]bool{}
		if v := scoreVerdict(res, r); v.State != "calm" {
			counted = len(v.Items) + v.More
		}
		for _, f := range found(res, "score_change", "no_score_change") {
			told[f.Variant] = told[f.Variant] || f.Kind == "score_change"
		}
		for _, p := range r.Performance {
			marked[p.Variant] = false
			for i, c := range p.Scores {
				marked[p.Variant] = marked[p.Variant] || c.Real && r.Columns[i].Direction == facts.All
				assert.False(t, c.Real && !told[p.Variant], "seed %d: %s is marked in %s, and no finding tells it", seed, p.Variant, c.Column)
			}
		}
		shown := 0
		for _, x := range facts.Compared(res) {
			assert.Equal(t, told[x.Variant], marked[x.Variant], "seed %d: %s", seed, x.Variant)
			if told[x.Variant] {
				shown++
			}
		}
		assert.Equal(t, counted, shown, "seed %d", seed)
	}
}
