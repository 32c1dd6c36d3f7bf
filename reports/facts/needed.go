package facts

import (
	"math"
)

// power is the chance with which a difference of the size seen should be shown.
const power = 0.8

// queriesNeeded is how many queries would show a difference that so many do not: the standard error
// of the difference, a 95 % interval being 2*1.96 of them wide, falls with the root of their
// number, and has to be the difference over the quantiles of the level, shared by the comparisons,
// and of the power (Cohen 1988, 2.4). It is absent for a difference that is shown, or none.
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
