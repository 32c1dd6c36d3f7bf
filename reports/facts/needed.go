package facts

import (
	"math"
)

// power is the probability with which a difference of the observed size should be shown.
const power = 0.8

// queriesNeeded is how many queries would show a difference that the present number does not show.
//
// The standard error of the difference falls with the square root of the number of queries; a 95 %
// interval is 2*1.96 standard errors wide. The standard error has to become the difference divided by the
// sum of two quantiles: that of the level, shared by the comparisons, and that of the power (Cohen 1988,
// 2.4).
//
// The result is absent for a difference that is shown, and when there is none.
func queriesNeeded(s Score) Number {
	se := float64(s.DeltaHigh-s.DeltaLow) / (2 * normalQuantile(0.975))
	delta := math.Abs(float64(s.Delta))
	if s.Comparisons == 0 || s.Real() || !(delta > 0) || !(se > 0) {
		return Absent()
	}
	z := normalQuantile(1-Level/float64(s.Comparisons)/2) + normalQuantile(power)
	return Number(math.Ceil(float64(s.Queries) * (z * se / delta) * (z * se / delta)))
}

func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }
