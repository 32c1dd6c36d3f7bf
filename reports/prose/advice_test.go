package prose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/why"
)

// TestNext: advice is given only where the evidence is plain.
func TestNext(t *testing.T) {
	own := store.Variant{Variant: "v", Status: "ok", PreprocessKey: "decode=opencv@4 geometry=squash"}
	of := func(image float64, swaps ...facts.SwapRow) facts.Report {
		r := facts.Report{Res: &store.Results{Variants: []store.Variant{{Variant: "ref", IsReference: true, Status: "ok"}, own}, Drift: []store.Drift{
			{Dataset: "d", Variant: "ref", Modality: "image", Stage: "floor:twice", Stat: "mean_abs", Value: 1e-6, N: 1},
		}}}
		r.Drift = []facts.DriftRow{{Variant: "v", Modality: "image", Stage: "embedding", MeanAbs: facts.Number(image)}}
		r.Swaps = swaps
		return r
	}
	swap := func(stage string, alone, left facts.Number) facts.SwapRow {
		return facts.SwapRow{Variant: "v", Stage: stage, Alone: alone, Left: left}
	}
	certain, open := []why.FlipBudget{{Queries: 9, Certain: 1}}, []why.FlipBudget{{Queries: 9, Certain: 0.9}}
	for name, c := range map[string]struct {
		r       facts.Report
		budgets []why.FlipBudget
		want    string
	}{
		"no drift":    {of(0), open, "Nothing: its embeddings equal the reference's bit for bit."},
		"all certain": {of(1e-2), certain, "Nothing: its drift cannot have changed any of the 9 outcomes"},
		"noise":       {of(2e-6), open, "Nothing: its drift of 2.0e-6 is 2 times"},
		"one stage":   {of(1, swap("decode", 0.95, 0.1), swap("geometry", 0.1, 0.95), swap("all", 1, 0)), open, "Change decode: it causes 95 % of the drift by itself, and with the reference's decode instead 10 % is left"},
		"no loss":     {of(1, swap("decode", 1, facts.Absent()), swap("all", 1, 0)), open, ""},
		"the model":   {of(1, swap("model", 1, facts.Absent()), swap("all", 1, 0)), open, ""},
		"only stage":  {of(1, swap("geometry", 1, facts.Absent()), swap("all", 1, 0)), open, "(aspect ratio lost). To do so: scale the short side"},
		"two stages":  {of(1, swap("decode", 0.9, 0.15), swap("geometry", 0.8, 0.2), swap("all", 1, 0)), open, ""},
		"neither":     {of(1, swap("decode", 0.6, 0.5), swap("geometry", 0.5, 0.6), swap("all", 1, 0)), open, ""},
		"not back":    {of(1, swap("decode", 0.9, 0.8), swap("geometry", 0.1, 0.9), swap("all", 1, 0)), open, ""},
	} {
		got := strings.Join(AdviceLines(why.Advise(c.r, own, c.budgets, name != "no loss")), "")
		if c.want == "" {
			assert.Empty(t, got, name)
		} else {
			assert.Contains(t, got, c.want, name)
		}
	}
}
