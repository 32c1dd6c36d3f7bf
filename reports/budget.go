package reports

import (
	"fmt"

	"github.com/fastclip/fastclip/internal/store"
)

// tellingShare is the share of certain queries from which a budget says something of use.
const tellingShare = 0.9

// budgets tell, of variants that drift, how many text queries that drift cannot have changed: it
// is what makes a small drift harmless, whatever the queries.
func budgets(res *store.Results, _ report) []finding {
	var out []finding
	for _, v := range identities(res) {
		certain := weightedDrift(res.Drift, v.Variant, "similarity", "rank", "certain")
		moved := weightedDrift(res.Drift, v.Variant, "similarity", "similarity", "mean_abs")
		if !v.ok() || !(certain >= tellingShare) || moved == 0 {
			continue
		}
		low := weightedDrift(res.Drift, v.Variant, "similarity", "rank", "r1_low")
		high := weightedDrift(res.Drift, v.Variant, "similarity", "rank", "r1_high")
		out = append(out, finding{Kind: "flip_budget", Variant: v.Variant, Text: fmt.Sprintf(
			"%s: %s %% of text queries cannot have changed at its drift: t2i R@1 is from %s to %s %%", v.Variant, percent(certain), percent(low), percent(high))})
	}
	return out
}
