package compare

import (
	"slices"

	"github.com/fastclip/fastclip/judge/paired"
)

// pooledMetrics are the metrics tested over all searches of a variant together: the plain one and the
// graded one.
var pooledMetrics = []string{"R@1", "nDCG@10"}

// DefaultPooled is the pooled test that compare reports.
func (c *Comparison) DefaultPooled() []paired.Pooled {
	return c.PooledScores(func(_, _, metric string) bool { return slices.Contains(pooledMetrics, metric) })
}

// PooledScores tests each variant once for each metric, over the searches that keep accepts.
func (c *Comparison) PooledScores(keep func(variant, direction, metric string) bool) []paired.Pooled {
	if c.tests == nil {
		return []paired.Pooled{}
	}
	return c.tests.Pooled(keep)
}
