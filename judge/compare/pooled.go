package compare

import (
	"slices"

	"github.com/fastclip/fastclip/metrics/stats"
)

// pooledMetrics are tested over all searches of a variant together: the plain one and the graded one.
var pooledMetrics = []string{"R@1", "nDCG@10"}

// signFlips is how many random flips the pooled tests draw: p values down to 5e-5.
const signFlips = 20000

// Pooled is a metric of a variant over all its searches together: the mean over datasets and
// directions, each counting the same. A loss that is too small to show in any one search shows here
// when it is in all of them.
type Pooled struct {
	Variant  string  `json:"variant"`
	Metric   string  `json:"metric"`
	Searches int     `json:"searches"` // datasets x directions
	Base     float64 `json:"base"`
	Head     float64 `json:"head"`
	Delta    float64 `json:"delta"`
	PMaxT    float64 `json:"p_maxt"`   // corrected for all variants and metrics pooled (stats.StepDownMaxT)
	Dataset  string  `json:"dataset"`  // that lost most
	Queries  int     `json:"queries"`  // all searches'
	Changed  int     `json:"changed"`  // queries whose value differs
	Clusters int     `json:"clusters"` // of queries that differ: what counts as evidence
}

// pair is a score's queries and how far HEAD's values are from BASE's.
type pair struct {
	Score
	ids   []string
	diffs []float64
}

// pooled fills in the comparison's own pooled tests.
func (c *comparer) pooled() {
	c.out.clusters = clustersOf(c.base.Items)
	if len(c.base.Items) == 0 && len(c.out.pairs) > 0 {
		c.note("scores are not tested over all searches together: BASE has no items.parquet, which says which queries belong together")
	}
	c.out.Pooled = c.out.PooledScores(func(_, _, metric string) bool { return slices.Contains(pooledMetrics, metric) })
}

// PooledScores tests each variant once for each metric, over the searches that keep wants. Signs are
// flipped by sets of labels (or of a caption and its pictures), jointly over the directions: what asks
// for one thing as a text and as a picture is no independent evidence. There are none of a run
// without items.
func (c *Comparison) PooledScores(keep func(variant, direction, metric string) bool) []Pooled {
	out, sums := []Pooled{}, []map[int]float64{}
	if c.clusters.of == nil {
		return out
	}
	worst := []map[string]float64{} // by dataset
	at := map[[2]string]int{}
	for _, p := range c.pairs {
		if !keep(p.Variant, p.Direction, p.Metric) {
			continue
		}
		k, ok := at[[2]string{p.Variant, p.Metric}]
		if !ok {
			k = len(out)
			at[[2]string{p.Variant, p.Metric}] = k
			out, sums, worst = append(out, Pooled{Variant: p.Variant, Metric: p.Metric}), append(sums, map[int]float64{}), append(worst, map[string]float64{})
		}
		row := &out[k]
		row.Searches, row.Queries = row.Searches+1, row.Queries+len(p.ids)
		row.Base, row.Head = row.Base+p.Base, row.Head+p.Head
		for i, d := range p.diffs {
			if d != 0 {
				row.Changed++
				sums[k][c.clusters.number(p.Dataset, p.Direction, p.ids[i])] += d / float64(len(p.ids))
				worst[k][p.Dataset] += d / float64(len(p.ids))
			}
		}
	}
	for k, p := range stats.StepDownMaxT(c.columns(sums), signFlips, 1) {
		row := &out[k]
		n := float64(row.Searches)
		row.Base, row.Head, row.PMaxT, row.Clusters = row.Base/n, row.Head/n, p, len(sums[k])
		row.Delta = row.Head - row.Base
		for _, d := range c.Datasets {
			if lost, ok := worst[k][d]; ok && (row.Dataset == "" || lost < worst[k][row.Dataset]) {
				row.Dataset = d
			}
		}
	}
	return out
}

// columns numbers the clusters that differ anywhere, and gives each test its sums in that order.
func (c *Comparison) columns(sums []map[int]float64) [][]float64 {
	var all []int
	for _, s := range sums {
		for cluster := range s {
			all = append(all, cluster)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	out := make([][]float64, len(sums))
	for k, s := range sums {
		out[k] = make([]float64, len(all))
		for i, cluster := range all {
			out[k][i] = s[cluster]
		}
	}
	return out
}
