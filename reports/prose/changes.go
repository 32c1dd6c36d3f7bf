package prose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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
				Text: fmt.Sprintf("%s: no score change beyond noise (%s)%s", v.Variant, families(all), nearestToShown(all))})
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
	return fmt.Sprintf("%s: %s %s on %s %s by %s points [%s, %s]",
		s.Variant, s.Direction, s.Metric, s.Dataset, verb, Percent(delta), Percent(low), Percent(high))
}

// families says how many comparisons each direction was corrected for.
func families(all []facts.Score) string {
	var parts []string
	var sizes []int
	for _, s := range all {
		if part := fmt.Sprintf("%s %d", s.Direction, s.Comparisons); !slices.Contains(parts, part) {
			parts, sizes = append(parts, part), append(sizes, s.Comparisons)
		}
	}
	if len(slices.Compact(sizes)) == 1 {
		each := ""
		if len(parts) > 1 {
			each = " a direction"
		}
		return fmt.Sprintf("%d comparisons%s, Holm 5 %%", sizes[0], each)
	}
	return fmt.Sprintf("comparisons: %s; Holm 5 %%", strings.Join(parts, ", "))
}

// coarseTests warns when so many comparisons are made that the p-values, whose least is set by
// the number of resamples, can show none: a change of twice its interval is then called noise.
func coarseTests(_ *store.Results, r facts.Report) []Finding {
	told := map[string]bool{}
	var out []Finding
	for _, s := range r.Scores {
		sure := max(s.Delta, -s.Delta) > s.DeltaHigh-s.DeltaLow && s.DeltaHigh > s.DeltaLow
		if !facts.Tested(s.Metric, r.Metric) || s.Comparisons == 0 || s.Real() || !sure || told[s.Direction] {
			continue
		}
		told[s.Direction] = true
		out = append(out, Finding{Kind: "coarse_test", Text: fmt.Sprintf(
			"%s %s: %d comparisons are too many for p-values as coarse as %.2g: differences are missed; raise resamples in the suite, or compare fewer variants",
			s.Direction, s.Metric, s.Comparisons, float64(s.PValue))})
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
	return fmt.Sprintf("; the nearest to one, %s %s on %s by %s points, would take about %s queries to show (has %d)",
		best.Direction, best.Metric, best.Dataset, Points(best.Delta), rounded(float64(best.Needed)), best.Queries)
}
