package prose

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// perVariant is how many score changes of a variant are told; the table has all.
const perVariant = 3

// scoreChanges tells each variant's real differences in the tested metrics, the worst first, or
// that there are none.
func scoreChanges(res *store.Results, r facts.Report) []Finding {
	var changed [][]facts.Score
	var same []Finding
	for _, v := range facts.Identities(res) {
		all, real := facts.Comparisons(r, v)
		switch {
		case len(real) > 0:
			changed = append(changed, real)
		case len(all) > 0:
			same = append(same, Finding{Kind: "no_score_change", Variant: v.Variant,
				Text: fmt.Sprintf("%s: no score change beyond noise (%s)%s", v.Variant, tests(all), nearestToShown(all))})
		}
	}
	slices.SortStableFunc(changed, func(a, b []facts.Score) int { return cmp.Compare(a[0].Delta, b[0].Delta) })
	var out []Finding
	for _, real := range changed {
		for i, s := range real[:min(perVariant, len(real))] {
			text := ChangeText(s)
			if more := len(real) - perVariant; i == perVariant-1 && more > 0 {
				text += fmt.Sprintf(" (and %d more)", more)
			}
			out = append(out, Finding{Kind: "score_change", Variant: s.Variant, Dataset: s.Dataset, Text: text})
		}
	}
	return append(out, same...)
}

func ChangeText(s facts.Score) string {
	verb, delta, low, high := "rises", s.Delta, s.DeltaLow, s.DeltaHigh
	if delta < 0 {
		verb, delta, low, high = "falls", -delta, -high, -low
	}
	return fmt.Sprintf("%s: %s %s by %s points [%s, %s]", s.Variant, where(s), verb, Percent(delta), Percent(low), Percent(high))
}

// where says which score it is.
func where(s facts.Score) string {
	if s.Direction == facts.All {
		return s.Metric + " over all searches"
	}
	return fmt.Sprintf("%s %s on %s", s.Direction, s.Metric, s.Dataset)
}

// tests says how a variant was tested: once a metric over all its searches, corrected for all variants.
func tests(all []facts.Score) string {
	least := facts.Absent()
	for _, s := range all {
		if s.Direction == facts.All && !(least <= s.PHolm) {
			least = s.PHolm
		}
	}
	return fmt.Sprintf("tested over all its searches: p %.2g of %d tests, 5 %%", float64(least), all[len(all)-1].Comparisons)
}

// coarseTests warns of a variant that moved by more than its interval and is not shown: its queries ask for so few
// different things that no p-value can be as small as so many tests want.
func coarseTests(_ *store.Results, r facts.Report) []Finding {
	var out []Finding
	for _, s := range r.Scores {
		sure := max(s.Delta, -s.Delta) > s.DeltaHigh-s.DeltaLow && s.DeltaHigh > s.DeltaLow
		if s.Direction != facts.All || s.Real() || !sure {
			continue
		}
		out = append(out, Finding{Kind: "coarse_test", Variant: s.Variant, Text: fmt.Sprintf(
			"%s moved by %s points over all searches, which its queries cannot show: they ask for too few different things (p %.2g of %d tests); take more queries, or compare fewer variants",
			s.Variant+": "+s.Metric, Points(s.Delta), float64(s.PHolm), s.Comparisons)})
	}
	return out
}

// nearestToShown tells of the difference that would take the fewest queries to show.
func nearestToShown(all []facts.Score) string {
	var best facts.Score
	best.Needed = facts.Absent()
	for _, s := range all {
		if s.Needed.Known() && !(best.Needed <= s.Needed) {
			best = s
		}
	}
	if !best.Needed.Known() {
		return ""
	}
	return fmt.Sprintf("; the nearest to one, %s by %s points, would take about %s queries to show (has %d)",
		where(best), Points(best.Delta), rounded(float64(best.Needed)), best.Queries)
}
