package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
)

func TestBudgets(t *testing.T) {
	res := &store.Results{Variants: []store.Variant{{Variant: "ref", IsReference: true, Status: "ok"}, {Variant: "v", Status: "ok"}, {Variant: "same", Status: "ok"}, {Variant: "far", Status: "ok"}}}
	for variant, x := range map[string][4]float64{"v": {1e-6, 0.989, 0.277, 0.289}, "same": {0, 1, 0.3, 0.3}, "far": {0.1, 0.2, 0, 0.9}} {
		for i, at := range [][2]string{{"similarity", "mean_abs"}, {"rank", "certain"}, {"rank", "r1_low"}, {"rank", "r1_high"}} {
			res.Drift = append(res.Drift, store.Drift{Variant: variant, Modality: "similarity", Stage: at[0], Stat: at[1], Value: x[i], N: 100})
		}
	}
	got := found(res, "flip_budget")
	if assert.Len(t, got, 1, "nothing of a variant without drift, nothing of one about which little is certain") {
		assert.Equal(t, "v: 98.9 % of text queries cannot have changed at this drift, so t2i R@1 lies between 27.7 and 28.9 %", got[0].Text)
	}
}
