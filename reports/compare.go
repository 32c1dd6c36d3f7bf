package reports

import (
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// level is the chance that a family of comparisons shows a difference where there is none.
const level = 0.05

// defaultMetric is what the performance table shows when the run has it.
const defaultMetric = "R@1"

// score is a row of scores.parquet with its p-value corrected for the number of comparisons.
type score struct {
	Dataset     string `json:"dataset"`
	Arity       string `json:"arity"`
	Variant     string `json:"variant"`
	Direction   string `json:"direction"`
	Metric      string `json:"metric"`
	Value       number `json:"value"`
	CILow       number `json:"ci_low"`
	CIHigh      number `json:"ci_high"`
	TieLow      number `json:"tie_low"`
	TieHigh     number `json:"tie_high"`
	Queries     int64  `json:"n_queries"`
	Delta       number `json:"delta"`
	DeltaLow    number `json:"delta_low"`
	DeltaHigh   number `json:"delta_high"`
	PValue      number `json:"p_value"`
	PHolm       number `json:"p_holm"`
	Comparisons int    `json:"comparisons"` // that p_holm is corrected for
	Effect      number `json:"effect"`
	Needed      number `json:"queries_needed"` // to show the difference; absent when it is shown, or none
	Convention  string `json:"convention"`
}

// real tells whether the difference from the reference is shown; it is not when it was not tested.
func (s score) real() bool { return s.PHolm < level }

// sensitiveMetric is tested beside the table's: R@K of a few hundred queries misses losses that
// a graded metric shows.
const sensitiveMetric = "nDCG@10"

// tested tells whether differences in a metric become findings.
func tested(metric, headline string) bool {
	return metric == headline || metric == sensitiveMetric || metric == classMetric
}

// pooled stands for a dataset where all of them count together.
const pooled = "all datasets"

// compare corrects the p-values for the number of comparisons.
func compare(res *store.Results) []score {
	good := map[string]bool{}
	for _, v := range res.Variants {
		good[v.Variant] = v.Status == store.StatusOK
	}
	scores, top := make([]score, len(res.Scores)), headline(res.Scores)
	families := map[[2]string][]int{}
	for i, s := range res.Scores {
		scores[i] = score{
			Dataset: s.Dataset, Arity: s.Arity, Variant: s.Variant, Direction: s.Direction, Metric: s.Metric,
			Value: number(s.Value), CILow: number(s.CILow), CIHigh: number(s.CIHigh), TieLow: number(s.TieLow),
			TieHigh: number(s.TieHigh), Queries: s.NQueries, Delta: orAbsent(s.Delta), DeltaLow: orAbsent(s.DeltaLow),
			DeltaHigh: orAbsent(s.DeltaHigh), PValue: orAbsent(s.PValue), PHolm: absent(), Effect: orAbsent(s.Effect), Needed: absent(),
		}
		if s.Convention != nil {
			scores[i].Convention = *s.Convention
		}
		if good[s.Variant] && scores[i].PValue.known() {
			key := family(s.Direction, s.Metric, top)
			families[key] = append(families[key], i)
		}
	}
	for _, s := range res.Pooled {
		row := score{
			Dataset: pooled, Variant: s.Variant, Direction: s.Direction, Metric: s.Metric, Queries: s.NQueries, Value: number(s.Value),
			CILow: absent(), CIHigh: absent(), TieLow: absent(), TieHigh: absent(),
			Delta: number(s.Delta), DeltaLow: number(s.DeltaLow), DeltaHigh: number(s.DeltaHigh), PValue: number(s.PValue), PHolm: absent(), Effect: absent(), Needed: absent(),
		}
		if scores = append(scores, row); good[s.Variant] && row.PValue.known() {
			families[family(s.Direction, s.Metric, top)] = append(families[family(s.Direction, s.Metric, top)], len(scores)-1)
		}
	}
	for _, members := range families {
		correct(scores, members)
	}
	for i, s := range scores {
		scores[i].Needed = queriesNeeded(s)
	}
	return scores
}

// family is everything that could become a finding of a direction: all variants, each dataset and
// all pooled, in the tested metrics. Any other metric is its own family.
func family(direction, metric, headline string) [2]string {
	if tested(metric, headline) {
		metric = headline
	}
	return [2]string{direction, metric}
}

// correct fills the corrected p-values of a family. A comparison of which no query differs could
// not have shown anything, so it does not count (Tarone, "A modified Bonferroni method for discrete
// data", 1990).
func correct(scores []score, members []int) {
	var p []float64
	var counted []int
	for _, i := range members {
		if s := scores[i]; s.Delta == 0 && s.DeltaLow == 0 && s.DeltaHigh == 0 {
			scores[i].PHolm = 1
			continue
		}
		p, counted = append(p, float64(scores[i].PValue)), append(counted, i)
	}
	for k, v := range stats.Holm(p) {
		scores[counted[k]].PHolm = number(v)
	}
	for _, i := range members {
		scores[i].Comparisons = len(members)
	}
}

// headline is the metric of the performance table: R@1, or the first that the run has.
func headline(scores []store.Score) string {
	if len(scores) == 0 || slices.ContainsFunc(scores, func(s store.Score) bool { return s.Metric == defaultMetric }) {
		return defaultMetric
	}
	return scores[0].Metric
}
