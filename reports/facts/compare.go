package facts

import (
	"cmp"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Comparisons are a variant's scores in the tested metrics, and the real differences
// among them, the worst first.
func Comparisons(r Report, v Identity) (all, real []Score) {
	for _, s := range r.Scores {
		if s.Variant != v.Variant || !Tested(s.Metric, r.Metric) || s.Comparisons == 0 {
			continue
		}
		all = append(all, s)
		if s.Real() {
			real = append(real, s)
		}
	}
	slices.SortStableFunc(real, func(a, b Score) int { return cmp.Compare(a.Delta, b.Delta) })
	return all, real
}

// Level is the chance that a family of comparisons shows a difference where there is none.
const Level = 0.05

// DefaultMetric is what the performance table shows when the run has it.
const DefaultMetric = "R@1"

// Score is a row of scores.parquet with its p-value corrected for the number of comparisons.
type Score struct {
	Dataset     string `json:"dataset"`
	Arity       string `json:"arity"`
	Variant     string `json:"variant"`
	Direction   string `json:"direction"`
	Metric      string `json:"metric"`
	Value       Number `json:"value"`
	CILow       Number `json:"ci_low"`
	CIHigh      Number `json:"ci_high"`
	TieLow      Number `json:"tie_low"`
	TieHigh     Number `json:"tie_high"`
	Queries     int64  `json:"n_queries"`
	Delta       Number `json:"delta"`
	DeltaLow    Number `json:"delta_low"`
	DeltaHigh   Number `json:"delta_high"`
	PValue      Number `json:"p_value"`
	PHolm       Number `json:"p_holm"`
	Comparisons int    `json:"comparisons"` // that p_holm is corrected for
	Effect      Number `json:"effect"`
	Needed      Number `json:"queries_needed"` // to show the difference; absent when it is shown, or none
	Convention  string `json:"convention"`
}

// Real tells whether the difference from the reference is shown; it is not when it was not tested.
func (s Score) Real() bool { return s.PHolm < Level }

// sensitiveMetric is tested beside the table's: R@K of a few hundred queries misses losses that
// a graded metric shows.
const sensitiveMetric = "nDCG@10"

// Tested tells whether differences in a metric become findings.
func Tested(metric, headline string) bool {
	return metric == headline || metric == sensitiveMetric || metric == ClassMetric
}

// Pooled stands for a dataset where all of them count together.
const Pooled = "all datasets"

// compare corrects the p-values for the number of comparisons.
func compare(res *store.Results) []Score {
	good := map[string]bool{}
	for _, v := range res.Variants {
		good[v.Variant] = v.Status == store.StatusOK
	}
	scores, top := make([]Score, len(res.Scores)), headline(res.Scores)
	families := map[[2]string][]int{}
	for i, s := range res.Scores {
		scores[i] = Score{
			Dataset: s.Dataset, Arity: s.Arity, Variant: s.Variant, Direction: s.Direction, Metric: s.Metric,
			Value: Number(s.Value), CILow: Number(s.CILow), CIHigh: Number(s.CIHigh), TieLow: Number(s.TieLow),
			TieHigh: Number(s.TieHigh), Queries: s.NQueries, Delta: orAbsent(s.Delta), DeltaLow: orAbsent(s.DeltaLow),
			DeltaHigh: orAbsent(s.DeltaHigh), PValue: orAbsent(s.PValue), PHolm: Absent(), Effect: orAbsent(s.Effect), Needed: Absent(),
		}
		if s.Convention != nil {
			scores[i].Convention = *s.Convention
		}
		if good[s.Variant] && scores[i].PValue.Known() {
			key := family(s.Direction, s.Metric, top)
			families[key] = append(families[key], i)
		}
	}
	for _, s := range res.Pooled {
		row := Score{
			Dataset: Pooled, Variant: s.Variant, Direction: s.Direction, Metric: s.Metric, Queries: s.NQueries, Value: Number(s.Value),
			CILow: Absent(), CIHigh: Absent(), TieLow: Absent(), TieHigh: Absent(),
			Delta: Number(s.Delta), DeltaLow: Number(s.DeltaLow), DeltaHigh: Number(s.DeltaHigh), PValue: Number(s.PValue), PHolm: Absent(), Effect: Absent(), Needed: Absent(),
		}
		if scores = append(scores, row); good[s.Variant] && row.PValue.Known() {
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
	if Tested(metric, headline) {
		metric = headline
	}
	return [2]string{direction, metric}
}

// correct fills the corrected p-values of a family. A comparison of which no query differs could
// not have shown anything, so it does not count (Tarone, "A modified Bonferroni method for discrete
// data", 1990).
func correct(scores []Score, members []int) {
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
		scores[counted[k]].PHolm = Number(v)
	}
	for _, i := range members {
		scores[i].Comparisons = len(members)
	}
}

// headline is the metric of the performance table: R@1, or the first that the run has.
func headline(scores []store.Score) string {
	if len(scores) == 0 || slices.ContainsFunc(scores, func(s store.Score) bool { return s.Metric == DefaultMetric }) {
		return DefaultMetric
	}
	return scores[0].Metric
}

// ClassMetric is the metric of zero-shot classification that is tested.
const ClassMetric = "acc@1"
