package reports

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// trained leaves out what says nothing: scores and queries of variants whose weights were never
// trained. Their drift and their times mean what they always do.
func trained(res *store.Results) *store.Results {
	random := randomSeeds(res)
	if len(random) == 0 {
		return res
	}
	out := *res
	out.Scores = leaveOut(res.Scores, func(s store.Score) bool { return random[s.Variant] != nil })
	out.Pooled = leaveOut(res.Pooled, func(s store.Pooled) bool { return random[s.Variant] != nil })
	out.Queries = leaveOut(res.Queries, func(q store.Query) bool { return random[q.Variant] != nil })
	out.Drift = leaveOut(res.Drift, func(d store.Drift) bool { // what a score can have become
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

// randomWeights says which variants have no scores because theirs would mean nothing.
func randomWeights(res *store.Results, _ report) []finding {
	seeds := map[string]bool{}
	var names, numbers []string
	for _, v := range res.Variants {
		if v.RandomSeed == nil {
			continue
		}
		names = append(names, v.Variant)
		if n := fmt.Sprint(*v.RandomSeed); !seeds[n] {
			seeds[n], numbers = true, append(numbers, n)
		}
	}
	if len(names) == 0 {
		return nil
	}
	who := strings.Join(names, ", ")
	if len(names) > 3 {
		who = fmt.Sprintf("%d variants", len(names))
	}
	return []finding{{Kind: "random_weights", Text: fmt.Sprintf(
		"%s: random weights (seed %s): their scores mean nothing and are not shown; drift and times mean what they always do", who, strings.Join(numbers, ", "))}}
}
