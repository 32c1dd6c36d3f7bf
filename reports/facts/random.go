package facts

import (
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// trained leaves out the scores and queries of variants with untrained weights, because those mean
// nothing. The drift and the times of such variants keep their meaning.
func trained(res *store.Results) *store.Results {
	random := randomSeeds(res)
	if len(random) == 0 {
		return res
	}
	out := *res
	out.Scores = leaveOut(res.Scores, func(s store.Score) bool { return random[s.Variant] != nil })
	out.Pooled = leaveOut(res.Pooled, func(s store.Pooled) bool { return random[s.Variant] != nil })
	out.Queries = leaveOut(res.Queries, func(q store.Query) bool { return random[q.Variant] != nil })
	out.Drift = leaveOut(res.Drift, func(d store.Drift) bool { // rows about what a score can have become
		return random[d.Variant] != nil && (strings.HasSuffix(d.Stat, "_low") || strings.HasSuffix(d.Stat, "_high") || strings.HasPrefix(d.Stat, "certain"))
	})
	return &out
}

// randomSeeds are the seeds of the variants with random weights.
func randomSeeds(res *store.Results) map[string]*int64 {
	out := map[string]*int64{}
	for _, v := range res.Variants {
		if v.RandomSeed != nil {
			out[v.Variant] = v.RandomSeed
		}
	}
	return out
}

func leaveOut[T any](rows []T, drop func(T) bool) []T {
	var out []T
	for _, r := range rows {
		if !drop(r) {
			out = append(out, r)
		}
	}
	return out
}
