package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// TestDriftVerdict: what a person decides by is whether an outcome changed or could have, not
// whether a drift is above the noise floor.
func TestDriftVerdict(t *testing.T) {
	type drift struct {
		image, text, changed, certain5 float64
	}
	calm, small := drift{}, drift{6.4e-7, 1.1e-6, 0, 1}
	const same = "no drift can change R@K: embeddings equal the reference's bit for bit"
	for name, x := range map[string]struct {
		floors   [2]float64
		variants []drift
		state    string
		headline string
		items    []string
	}{
		"equal":            {[2]float64{}, []drift{{certain5: 1}}, "calm", same, []string{"1 variant compared"}},
		"equal, no budget": {[2]float64{}, []drift{calm}, "calm", same, []string{"1 variant compared"}},
		"the floor, just":  {[2]float64{4e-7, 6e-7}, []drift{small}, "calm", "no drift can change R@K: drift at most 1.1e-6, 1.8 times the noise floor", []string{"1 variant compared"}},
		"within the floor": {[2]float64{1e-6, 2e-6}, []drift{small}, "calm", "no drift can change R@K: drift at most 1.1e-6, within the noise floor", []string{"1 variant compared"}},
		"no floor":         {[2]float64{}, []drift{small}, "calm", "no drift can change R@K: drift at most 1.1e-6", []string{"1 variant compared"}},
		"noise, unproven":  {[2]float64{4e-7, 6e-7}, []drift{{4e-6, 0, 0, 0.99}}, "calm", "no top hit changed: drift at most 4.0e-6, 10.0 times the noise floor", []string{"1 variant compared"}},
		"near ties":        {[2]float64{4e-7, 6e-7}, []drift{{4e-6, 0, 0.01, 0.99}}, "note", "2 top hits of near ties changed: drift at most 4.0e-6, 10.0 times the noise floor", []string{"1 variant compared"}},
		"above the noise":  {[2]float64{4e-7, 6e-7}, []drift{{9e-6, 0, 0.01, 0.99}}, "note", "1 of 1 variant changed top hits (a most, 1.0 %)", []string{"a: 1.0 % of 200 top hits changed, drift 9.0e-6"}},
		"no floor, a flip": {[2]float64{}, []drift{{4e-7, 0, 0.01, 0.99}}, "note", "1 of 1 variant changed top hits (a most, 1.0 %)", []string{"a: 1.0 % of 200 top hits changed, drift 4.0e-7"}},
		"could":            {[2]float64{4e-7, 6e-7}, []drift{{0, 3e-5, 0, 0.96}, small}, "note", "1 of 2 variants could change R@K, 1 cannot change R@K: drift at most 1.1e-6, 1.8 times the noise floor", []string{"a: 4.0 % of outcomes could change, drift 3.0e-5"}},
		"a wild reference": {[2]float64{2e-4, 0}, []drift{{3e-3, 0, 0.1, 0.5}}, "note", "1 of 1 variant changed top hits (a most, 10.0 %)", []string{"a: 10.0 % of 200 top hits changed, drift 3.0e-3"}},
		"the worst first": {[2]float64{4e-7, 6e-7}, []drift{{5e-4, 7e-4, 0.01, 0.96}, small, {0.06, 0, 0.44, 0.1}, {1e-4, 0, 0, 0.9}}, "note",
			"2 of 4 variants changed top hits (c most, 44.0 %), 1 could change R@K, 1 cannot change R@K: drift at most 1.1e-6, 1.8 times the noise floor",
			[]string{"c: 44.0 % of 200 top hits changed, drift 6.0e-2", "a: 1.0 % of 200 top hits changed, drift 7.0e-4", "d: 10.0 % of outcomes could change, drift 1.0e-4"}},
	} {
		t.Run(name, func(t *testing.T) {
			res := &store.Results{Variants: []store.Variant{{Variant: "ref", IsReference: true, Status: "ok"}}}
			row := func(variant, modality, stage, stat string, value float64) {
				res.Drift = append(res.Drift, store.Drift{Variant: variant, Modality: modality, Stage: stage, Stat: stat, Value: value, N: 100})
			}
			row("ref", "image", "floor:batch1", "mean_abs", x.floors[0])
			row("ref", "text", "floor:batch1", "mean_abs", x.floors[1])
			for i, d := range x.variants {
				v := string(rune('a' + i))
				res.Variants = append(res.Variants, store.Variant{Variant: v, Status: "ok"})
				row(v, "image", "embedding", "mean_abs", d.image)
				row(v, "text", "embedding", "mean_abs", d.text)
				row(v, "similarity", "rank", "top1_changed", d.changed)
				row(v, "similarity", "rank:i2t", "top1_changed", d.changed)
				if d != calm {
					row(v, "similarity", "rank", "certain", 1)
					row(v, "similarity", "rank:i2t", "certain_r5", d.certain5)
				}
			}
			got := driftVerdict(res, facts.Report{})
			assert.Equal(t, x.state, got.State)
			assert.Equal(t, x.headline, got.Headline)
			assert.Equal(t, x.items, got.Items)
		})
	}
}
