package gate

import (
	"slices"

	"github.com/fastclip/fastclip/judge/compare"
)

// directions are all the directions that a search can have.
var directions = []string{"t2i", "i2t", "i2i"}

// lost reports each metric that the policy names and neither run scored. Without this report, a misspelled
// metric beside a right one would judge nothing. The default policy's metrics may be missing, because a
// policy is often a copy of the default.
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

// defaultMetrics are the metrics of the default policy.
var defaultMetrics = []string{"R@1", "nDCG@10"}
