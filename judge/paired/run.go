package paired

import (
	"slices"

	"github.com/fastclip/fastclip/internal/store"
)

// search names one search.
type search struct{ dataset, direction, metric string }

// OfRun has the searches of a run's variants against the run's reference, in the named metrics. It covers
// variants that worked, over the queries that both have.
func OfRun(r *store.Results, metrics ...string) *Tests {
	t := New(r)
	reference := ""
	works := map[string]bool{}
	for _, v := range r.Variants {
		works[v.Variant] = v.Status == store.StatusOK
		if v.IsReference {
			reference = v.Variant
		}
	}
	if !works[reference] {
		return t
	}
	base := map[search]map[string]float64{}
	for i := range r.Queries {
		q := &r.Queries[i]
		if q.Variant != reference || !slices.Contains(metrics, q.Metric) {
			continue
		}
		s := search{q.Dataset, q.Direction, q.Metric}
		if base[s] == nil {
			base[s] = map[string]float64{}
		}
		base[s][q.QueryID] = q.Value
	}
	at := map[string]map[search]int{}
	for i := range r.Queries {
		q := &r.Queries[i]
		s := search{q.Dataset, q.Direction, q.Metric}
		was, ok := base[s][q.QueryID]
		if !ok || q.Variant == reference || !works[q.Variant] {
			continue
		}
		if at[q.Variant] == nil {
			at[q.Variant] = map[search]int{}
		}
		k, ok := at[q.Variant][s]
		if !ok {
			k = len(t.searches)
			at[q.Variant][s] = k
			t.Add(Search{Variant: q.Variant, Dataset: q.Dataset, Direction: q.Direction, Metric: q.Metric})
		}
		x := &t.searches[k]
		x.IDs, x.Diffs = append(x.IDs, q.QueryID), append(x.Diffs, q.Value-was)
		x.Base, x.Head = x.Base+was, x.Head+q.Value
	}
	for i := range t.searches {
		n := float64(len(t.searches[i].IDs))
		t.searches[i].Base, t.searches[i].Head = t.searches[i].Base/n, t.searches[i].Head/n
	}
	return t
}
