package gate

import (
	"slices"

	"github.com/fastclip/fastclip/judge/compare"
)

// directions are all that a search can have.
var directions = []string{"t2i", "i2t", "i2i"}

// lost says of each metric that a policy names, and that no score of the two runs has, that it was not
// measured: a misspelled one beside a right one would judge nothing. The default's metrics may be missing,
// for a policy is often a copy of it.
func (j *judge) lost(r *Rule) {
	if !r.judges(CheckScore) || len(j.cmp.Scores) == 0 {
		return
	}
	for _, metric := range r.Score.Metrics {
		if !slices.Contains(defaultMetrics, metric) && !slices.ContainsFunc(j.cmp.Scores, func(s compare.Score) bool { return s.Metric == metric }) {
			j.unmeasured(compare.KindScore, "", "", "no score of the two runs is %s, which the policy's rule %q names", metric, r.Match)
		}
	}
}

// defaultMetrics are those of the default policy.
var defaultMetrics = []string{"R@1", "nDCG@10"}
