package stats

import (
	"math"
	"slices"
)

const (
	modeShare = 0.1  // of the values that the rarer level has at least
	modeGap   = 0.05 // how far apart two levels are at least, relative
	modeApart = 4.5  // Ashman's D from which two levels are no spread of one: halves of a normal have 2.7, of a uniform 3.5
	driftOver = 0.03 // change from the first quarter to the last that is a trend when all quarters follow it
)

// twoLevels tells whether values come from two levels by turns, as when a clock or a memory layout
// flips between two states: the best cut in two (least squares within, Fisher 1958) leaves groups whose
// means are D of their spreads apart (Ashman, Bird and Zepf 1994).
func twoLevels(x []float64) bool {
	sorted := slices.Sorted(slices.Values(x))
	n := len(sorted)
	least := max(2, int(math.Ceil(modeShare*float64(n))))
	if n < 2*least {
		return false
	}
	sums, squares := make([]float64, n+1), make([]float64, n+1)
	for i, v := range sorted {
		sums[i+1], squares[i+1] = sums[i]+v, squares[i]+v*v
	}
	within := func(from, to int) float64 {
		s := sums[to] - sums[from]
		return max(0, squares[to]-squares[from]-s*s/float64(to-from))
	}
	best, at := math.Inf(1), 0
	for k := least; k <= n-least; k++ {
		if w := within(0, k) + within(k, n); w < best {
			best, at = w, k
		}
	}
	low, high := sums[at]/float64(at), (sums[n]-sums[at])/float64(n-at)
	if high-low < modeGap*low {
		return false
	}
	spread := within(0, at)/float64(at) + within(at, n)/float64(n-at)
	return math.Sqrt2*(high-low) > modeApart*math.Sqrt(spread)
}

// drifting tells whether values go one way from quarter to quarter, by so much from the first to the
// last that their medians' intervals do not meet: a slow trend, which two halves may hide.
func drifting(x []float64) bool {
	q := len(x) / 4
	if q < 2 {
		return false
	}
	var m [4]float64
	for i := range m {
		m[i] = Median(x[len(x)-(4-i)*q : len(x)-(3-i)*q])
	}
	up := m[0] < m[1] && m[1] < m[2] && m[2] < m[3]
	down := m[0] > m[1] && m[1] > m[2] && m[2] > m[3]
	if !up && !down || math.Abs(m[3]/m[0]-1) < driftOver {
		return false
	}
	firstLow, firstHigh := MedianCI(x[len(x)-4*q : len(x)-3*q])
	lastLow, lastHigh := MedianCI(x[len(x)-q:])
	return up && lastLow > firstHigh || down && lastHigh < firstLow
}
