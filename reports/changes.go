package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// perVariant is how many score changes of a variant are told; the table has all.
const perVariant = 3

// scoreChanges tells each variant's real differences in the tested metrics, the worst first, or
// that there are none.
func scoreChanges(res *store.Results, r report) []finding {
	var changed [][]score
	var same []finding
	for _, v := range identities(res) {
		all, real := comparisons(r, v)
		switch {
		case len(real) > 0:
			changed = append(changed, real)
		case len(all) > 0:
			same = append(same, finding{Kind: "no_score_change", Variant: v.Variant,
				Text: fmt.Sprintf("%s: no score change beyond noise (%s)%s", v.Variant, families(all), nearestToShown(all))})
		}
	}
	slices.SortStableFunc(changed, func(a, b []score) int { return cmp.Compare(a[0].Delta, b[0].Delta) })
	var out []finding
	for _, real := range changed {
		for i, s := range real[:min(perVariant, len(real))] {
			text := changeText(s)
			if more := len(real) - perVariant; i == perVariant-1 && more > 0 {
				text += fmt.Sprintf(" (and %d more)", more)
			}
			out = append(out, finding{Kind: "score_change", Variant: s.Variant, Dataset: s.Dataset, Text: text})
		}
	}
	return append(out, same...)
}

// comparisons are a variant's scores in the tested metrics, and the real differences
// among them, the worst first.
func comparisons(r report, v identity) (all, real []score) {
	for _, s := range r.Scores {
		if s.Variant != v.Variant || !tested(s.Metric, r.Metric) || s.Comparisons == 0 {
			continue
		}
		all = append(all, s)
		if s.real() {
			real = append(real, s)
		}
	}
	slices.SortStableFunc(real, func(a, b score) int { return cmp.Compare(a.Delta, b.Delta) })
	return all, real
}

func changeText(s score) string {
	verb, delta, low, high := "rises", s.Delta, s.DeltaLow, s.DeltaHigh
	if delta < 0 {
		verb, delta, low, high = "falls", -delta, -high, -low
	}
	return fmt.Sprintf("%s: %s %s on %s %s by %s points [%s, %s]",
		s.Variant, s.Direction, s.Metric, s.Dataset, verb, percent(delta), percent(low), percent(high))
}

// families says how many comparisons each direction was corrected for.
func families(all []score) string {
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
func coarseTests(_ *store.Results, r report) []finding {
	told := map[string]bool{}
	var out []finding
	for _, s := range r.Scores {
		sure := max(s.Delta, -s.Delta) > s.DeltaHigh-s.DeltaLow && s.DeltaHigh > s.DeltaLow
		if !tested(s.Metric, r.Metric) || s.Comparisons == 0 || s.real() || !sure || told[s.Direction] {
			continue
		}
		told[s.Direction] = true
		out = append(out, finding{Kind: "coarse_test", Text: fmt.Sprintf(
			"%s %s: %d comparisons are too many for p-values as coarse as %.2g: differences are missed; raise resamples in the suite, or compare fewer variants",
			s.Direction, s.Metric, s.Comparisons, float64(s.PValue))})
	}
	return out
}
