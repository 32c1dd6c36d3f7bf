package facts

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// perVariant is how many score changes are reported for each variant. The table has all.
const perVariant = 3

// The details of findings about scores and times.
type (
	// ScoreChange is a real difference. More is how many further ones of the variant are left out.
	ScoreChange struct {
		Score
		More int
	}
	// NoScoreChange sums up a variant whose tests show nothing.
	NoScoreChange struct {
		Least   Number // p value of its searches together
		Tests   int
		Nearest *Score // the difference that would need the fewest queries to show
	}
	CoarseTest struct{ Score }
	TieSpan    struct{ Score }
	// CertainScores are scores that are 100 % whatever the model does.
	CertainScores struct {
		Scores        []ScoreName
		Images, Texts int64
	}
	ScoreName  struct{ Metric, Direction string }
	FewQueries struct{ Queries []QueryCount }
	QueryCount struct {
		Direction string
		N         int64
	}
	CoarseSpeed struct{}
)

// scoreChanges reports each variant's real differences in the tested metrics, the worst first, or that
// there are none.
func scoreChanges(res *store.Results, r Report) []Finding {
	var changed [][]Score
	var same []Finding
	for _, v := range Identities(res) {
		all, real := Comparisons(r, v)
		switch {
		case len(real) > 0:
			changed = append(changed, real)
		case len(all) > 0:
			same = append(same, Finding{"no_score_change", v.Variant, "", NoScoreChange{leastP(all), all[len(all)-1].Comparisons, nearestToShown(all)}})
		}
	}
	slices.SortStableFunc(changed, func(a, b []Score) int { return cmp.Compare(a[0].Delta, b[0].Delta) })
	var out []Finding
	for _, real := range changed {
		for i, s := range real[:min(perVariant, len(real))] {
			change := ScoreChange{Score: s}
			if i == perVariant-1 {
				change.More = len(real) - perVariant
			}
			out = append(out, Finding{"score_change", s.Variant, s.Dataset, change})
		}
	}
	return append(out, same...)
}

// leastP is the smallest p value of a variant over all its searches, corrected for all variants.
func leastP(all []Score) Number {
	least := Absent()
	for _, s := range all {
		if s.Direction == All && !(least <= s.PHolm) {
			least = s.PHolm
		}
	}
	return least
}

func nearestToShown(all []Score) *Score {
	best := Score{Needed: Absent()}
	for _, s := range all {
		if s.Needed.Known() && !(best.Needed <= s.Needed) {
			best = s
		}
	}
	if !best.Needed.Known() {
		return nil
	}
	return &best
}

// KindCoarseTest is the kind of findings about differences that the queries cannot show.
const KindCoarseTest = "coarse_test"

// coarseTests warns of a variant that moved by more than its interval without a shown difference. Its
// queries ask for too few different things, so no p value can become small enough for so many tests.
func coarseTests(_ *store.Results, r Report) []Finding {
	var out []Finding
	for _, s := range r.Scores {
		sure := max(s.Delta, -s.Delta) > s.DeltaHigh-s.DeltaLow && s.DeltaHigh > s.DeltaLow
		if s.Direction == All && !s.Real() && sure {
			out = append(out, Finding{KindCoarseTest, s.Variant, "", CoarseTest{s}})
		}
	}
	return out
}

// tieLimit is the span of a score, between the best and the worst order of ties, from which it is
// reported.
const tieLimit = 0.005

// tieSpans reports, for each variant, the score that depends most on the order of equal similarities.
func tieSpans(res *store.Results, r Report) []Finding {
	var out []Finding
	for _, v := range Identities(res) {
		var worst Score
		for _, s := range r.Scores {
			if s.Variant == v.Variant && s.Metric == r.Metric && s.TieHigh-s.TieLow > worst.TieHigh-worst.TieLow {
				worst = s
			}
		}
		if v.Ok() && worst.TieHigh-worst.TieLow > tieLimit {
			out = append(out, Finding{"ties", v.Variant, worst.Dataset, TieSpan{worst}})
		}
	}
	return out
}

// fewQueries is the number of queries below which a score says next to nothing, because its interval is
// over 25 points wide.
const fewQueries = 30

// certainScores names scores that are 100 % whatever a model does, because there are no more than K items
// to find. It also names scores over a handful of queries.
func certainScores(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, d := range res.Datasets {
		certain := CertainScores{Images: d.Images, Texts: d.Texts}
		var few FewQueries
		for _, s := range res.Scores {
			if s.Dataset != d.Dataset {
				continue
			}
			if k, ok := recallAt(s.Metric); ok && k >= candidates(d, s.Direction) {
				certain.Scores = append(certain.Scores, ScoreName{s.Metric, s.Direction})
			}
			if s.NQueries < fewQueries {
				few.Queries = append(few.Queries, QueryCount{s.Direction, s.NQueries})
			}
		}
		certain.Scores = distinct(certain.Scores, func(a, b ScoreName) int {
			return cmp.Or(cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Direction, b.Direction))
		})
		few.Queries = distinct(few.Queries, func(a, b QueryCount) int { return cmp.Or(cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.N, b.N)) })
		if len(certain.Scores) > 0 {
			out = append(out, Finding{"certain_scores", "", d.Dataset, certain})
		}
		if len(few.Queries) > 0 {
			out = append(out, Finding{"few_queries", "", d.Dataset, few})
		}
	}
	return out
}

// recallAt is K of R@K.
func recallAt(metric string) (int, bool) {
	text, ok := strings.CutPrefix(metric, "R@")
	k, err := strconv.Atoi(text)
	return k, ok && err == nil
}

// candidates is the number of items that a query of a direction can find. It is unlimited when that number
// is not known.
func candidates(d store.Dataset, direction string) int {
	switch direction {
	case store.TextToImage:
		return int(d.Images)
	case store.ImageToText:
		return int(d.Texts)
	case store.ImageToImage:
		return int(d.Images) - 1 // the query itself is left out
	}
	return math.MaxInt
}

func distinct[T comparable](all []T, order func(a, b T) int) []T {
	slices.SortFunc(all, order)
	return slices.Compact(all)
}

// KindCoarseSpeed is the kind of findings that say that speed was timed in too few rounds.
const KindCoarseSpeed = "coarse_speed_test"

// coarseSpeed warns when too few rounds for so many comparisons can show anything.
func coarseSpeed(_ *store.Results, r Report) []Finding {
	n, rounds := 0, 0
	for _, t := range r.Speed {
		for _, row := range t.Rows {
			if row.PHolm.Known() {
				n, rounds = n+1, max(rounds, row.Repetitions)
			}
		}
	}
	if least := 2 * math.Pow(0.5, float64(rounds)); n == 0 || least*float64(n) < Level {
		return nil
	}
	return []Finding{{Kind: KindCoarseSpeed, Detail: CoarseSpeed{}}}
}
