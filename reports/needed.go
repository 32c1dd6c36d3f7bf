package reports

import (
	"fmt"
	"math"
)

// power is the chance with which a difference of the size seen should be shown.
const power = 0.8

// queriesNeeded is how many queries would show a difference that so many do not: the standard error
// of the difference, a 95 % interval being 2*1.96 of them wide, falls with the root of their
// number, and has to be the difference over the quantiles of the level, shared by the comparisons,
// and of the power (Cohen 1988, 2.4). It is absent for a difference that is shown, or none.
func queriesNeeded(s score) number {
	se := float64(s.DeltaHigh-s.DeltaLow) / (2 * normalQuantile(0.975))
	delta := math.Abs(float64(s.Delta))
	if s.Comparisons == 0 || s.real() || !(delta > 0) || !(se > 0) {
		return absent()
	}
	z := normalQuantile(1-level/float64(s.Comparisons)/2) + normalQuantile(power)
	return number(math.Ceil(float64(s.Queries) * (z * se / delta) * (z * se / delta)))
}

func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// nearestToShown tells of the difference that would take the fewest queries to show.
func nearestToShown(all []score) string {
	var best score
	best.Needed = absent()
	for _, s := range all {
		if s.Needed.known() && !(best.Needed <= s.Needed) {
			best = s
		}
	}
	if !best.Needed.known() {
		return ""
	}
	return fmt.Sprintf("; the nearest to one, %s %s on %s by %s points, would take about %s queries to show (has %d)",
		best.Direction, best.Metric, best.Dataset, points(best.Delta), rounded(float64(best.Needed)), best.Queries)
}

// rounded has two significant digits.
func rounded(v float64) string {
	unit := math.Pow(10, math.Floor(math.Log10(v))-1)
	return fmt.Sprintf("%.0f", math.Ceil(v/max(unit, 1))*max(unit, 1))
}

// convention says how the metric of the table counts.
func convention(r report) string {
	for _, s := range r.Scores {
		if s.Metric == r.Metric && s.Convention != "" {
			return fmt.Sprintf(" %s: %s.", r.Metric, s.Convention)
		}
	}
	return ""
}
