package paired

import (
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// P is the two-sided p value of one search without correction. It is the sign-flip test over the groups of
// queries.
func P(diffs []float64, groups []int64) float64 { return stats.SignFlip(diffs, Number(groups)) }

// Number numbers groups from 0 without gaps, in the order of their first appearance.
func Number(groups []int64) []int {
	out, seen := make([]int, len(groups)), map[int64]int{}
	for i, g := range groups {
		if _, ok := seen[g]; !ok {
			seen[g] = len(seen)
		}
		out[i] = seen[g]
	}
	return out
}

// Between is P of one search in two runs, as compare gives it. The error says why the runs cannot be
// compared.
func Between(base, head *store.Results, variant, dataset, direction, metric string) (float64, error) {
	of := func(q store.Query) bool {
		return q.Variant == variant && q.Dataset == dataset && q.Direction == direction && q.Metric == metric
	}
	was := map[string]float64{}
	for _, q := range base.Queries {
		if of(q) {
			was[q.QueryID] = q.Value
		}
	}
	var diffs []float64
	var groups []int64
	for _, q := range head.Queries {
		if !of(q) {
			continue
		}
		value, ok := was[q.QueryID]
		if !ok {
			return 0, fmt.Errorf("query %s is new", q.QueryID)
		}
		diffs, groups = append(diffs, q.Value-value), append(groups, q.Group)
	}
	if len(diffs) != len(was) || len(diffs) == 0 {
		return 0, fmt.Errorf("%d queries, %d before", len(diffs), len(was))
	}
	if !slices.ContainsFunc(diffs, func(d float64) bool { return d != 0 }) {
		return 1, nil
	}
	return P(diffs, groups), nil
}
