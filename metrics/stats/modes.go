package stats

import (
	"math"
	"slices"
)

const (
	modeShare = 0.1  // least share of values on the rarer level
	modeGap   = 0.05 // least relative distance of two levels
	modeApart = 4.5  // Ashman's D from which there are two levels; halves of a normal have 2.7, of a uniform 3.5
)

// twoLevels tells whether values come from two alternating levels, as when a clock or a memory layout
// flips between two states. It makes the best cut in two (least squares within, Fisher 1958). The groups
// are levels when their means are D of their spreads apart (Ashman, Bird and Zepf 1994).
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
