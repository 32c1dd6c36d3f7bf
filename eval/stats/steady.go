package stats

import (
	"math"
	"slices"
)

// steadyShift is the relative difference of medians that still counts as no change.
const steadyShift = 0.02

// Steady finds where a series of timings settles: the least warm-up, in steps of a tenth of the
// series and at most half of it, after which the two halves of the rest agree. They agree when
// the 95 % intervals of their medians overlap, or the medians differ by less than 2 %. A series
// of fewer than 8, or one that never settles, is not steady; trend is then the relative change of
// the median from its third to its fourth quarter.
func Steady(x []float64) (warmup int, steady bool, trend float64) {
	if len(x) < 8 {
		return 0, false, 0
	}
	for step := range 6 {
		warmup = step * len(x) / 10
		rest := x[warmup:]
		if agree(rest[:len(rest)/2], rest[len(rest)/2:]) {
			return warmup, true, 0
		}
	}
	q := len(x) / 4
	return len(x) / 2, false, Median(x[len(x)-q:])/Median(x[len(x)-2*q:len(x)-q]) - 1
}

func agree(a, b []float64) bool {
	aLow, aHigh := MedianCI(a)
	bLow, bHigh := MedianCI(b)
	return aLow <= bHigh && bLow <= aHigh || math.Abs(Median(b)/Median(a)-1) < steadyShift
}

// Quantile is the q-quantile of values in any order, interpolated linearly; NaN of none.
func Quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	return quantile(slices.Sorted(slices.Values(x)), q)
}
