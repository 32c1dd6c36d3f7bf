package facts

import (
	"cmp"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/paired"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Comparisons has a variant's scores in the tested metrics, and those of them with a real difference.
// Scores over all searches come first, then the others, the worst first.
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
	over := func(s Score) int {
		if s.Direction == All {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(real, func(a, b Score) int { return cmp.Or(cmp.Compare(over(a), over(b)), cmp.Compare(a.Delta, b.Delta)) })
	return all, real
}

// Level is the accepted probability that a family of comparisons shows a difference where none exists.
const Level = 0.05

// DefaultMetric is the metric of the performance table, if the run has it.
const DefaultMetric = "R@1"

// Score is a row of scores.parquet with its p value corrected for the number of comparisons.
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
	PHolm       Number `json:"p_holm"`      // corrected: variants first, then the scores within a variant (package paired)
	Comparisons int    `json:"comparisons"` // the number of comparisons that PHolm is corrected for
	Effect      Number `json:"effect"`
	Needed      Number `json:"queries_needed"` // queries needed to show the difference; absent when it is shown, or when there is none
	Convention  string `json:"convention"`
	SampledFrom int64  `json:"sampled_from,omitempty"` // queries of which n_queries were drawn at random; 0 when all were searched
}

// Real tells whether the difference from the reference is significant. It is false when it was not tested.
func (s Score) Real() bool { return s.PHolm < Level }

// sensitiveMetric is tested in addition to the table's metric. With a few hundred queries, R@K misses
// losses that a graded metric shows.
const sensitiveMetric = "nDCG@10"

// Tested tells whether differences in a metric become findings.
func Tested(metric, headline string) bool {
	return metric == headline || metric == sensitiveMetric || metric == ClassMetric
}

// Pooled is the dataset name that stands for all datasets together.
const Pooled = "all datasets"

// All is the direction of a row over all searches of a variant.
const All = "all"

// correctedScores has every score with its corrected p value. Variants are tested first, and single scores
// only within a variant.
func correctedScores(res *store.Results) []Score {
	top := headline(res.Scores)
	first := paired.OfRun(res, top, sensitiveMetric, ClassMetric).VariantFirst(func(string, string, string) bool { return true })
	scores := make([]Score, len(res.Scores), len(res.Scores)+len(res.Pooled)+len(first.Pooled))
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
		if s.SampledFrom != nil {
			scores[i].SampledFrom = *s.SampledFrom
		}
	}
	for _, s := range res.Pooled {
		row := rowOfAll(s.Variant, s.Direction, s.Metric, s.NQueries, s.Value)
		row.Delta, row.DeltaLow, row.DeltaHigh, row.PValue = Number(s.Delta), Number(s.DeltaLow), Number(s.DeltaHigh), Number(s.PValue)
		scores = append(scores, row)
	}
	corrected(scores, first, top)
	for _, p := range first.Pooled {
		row := rowOfAll(p.Variant, All, p.Metric, int64(p.Queries), p.Head)
		row.Delta, row.DeltaLow, row.DeltaHigh, row.PHolm, row.Comparisons = Number(p.Delta), Number(p.Low), Number(p.High), Number(p.PMaxT), len(first.Pooled)
		scores = append(scores, row)
	}
	for i, s := range scores {
		scores[i].Needed = queriesNeeded(s)
	}
	return scores
}

func rowOfAll(variant, direction, metric string, queries int64, value float64) Score {
	return Score{
		Dataset: Pooled, Variant: variant, Direction: direction, Metric: metric, Queries: queries, Value: Number(value),
		CILow: Absent(), CIHigh: Absent(), TieLow: Absent(), TieHigh: Absent(), PValue: Absent(), PHolm: Absent(), Effect: Absent(), Needed: Absent(),
	}
}

// corrected fills in the p values of single scores and of directions. Holm's method corrects a metric that
// is not tested, within its variant. Such a metric is never shown before its variant is.
func corrected(scores []Score, first paired.First, headline string) {
	others := map[[2]string][]int{}
	for i, s := range scores {
		p, ok := first.P[s.Variant]
		switch {
		case !ok || !s.PValue.Known():
		case Tested(s.Metric, headline):
			cell := paired.Cell{Variant: s.Variant, Dataset: s.Dataset, Direction: s.Direction, Metric: s.Metric}
			if s.Dataset == Pooled {
				cell.Dataset = ""
			}
			if p, ok := first.Cells[cell]; ok {
				scores[i].PHolm, scores[i].Comparisons = Number(p), first.Tests[s.Variant]
			}
		default:
			scores[i].PHolm = Number(p)
			others[[2]string{s.Variant, s.Metric}] = append(others[[2]string{s.Variant, s.Metric}], i)
		}
	}
	for _, members := range others {
		p := make([]float64, len(members))
		for k, i := range members {
			p[k] = float64(scores[i].PValue)
		}
		for k, h := range stats.Holm(p) {
			scores[members[k]].PHolm, scores[members[k]].Comparisons = max(scores[members[k]].PHolm, Number(h)), len(members)
		}
	}
}

// TestedMetrics are the metrics of a run whose queries a report needs.
func TestedMetrics(scores []store.Score) []string {
	return []string{headline(scores), sensitiveMetric, ClassMetric}
}

// headline is the metric of the performance table: R@1, or the first that the run has.
func headline(scores []store.Score) string {
	if len(scores) == 0 || slices.ContainsFunc(scores, func(s store.Score) bool { return s.Metric == DefaultMetric }) {
		return DefaultMetric
	}
	return scores[0].Metric
}

// ClassMetric is the tested metric of zero-shot classification.
const ClassMetric = "acc@1"
