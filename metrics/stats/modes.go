package stats

import (
	"math"
	"slices"
)

const (
	modeShare   = 0.1  // least share of values on the rarer level
	modeGap     = 0.05 // least relative distance of two levels
	modeApart   = 4.5  // Ashman's D from which there are two levels; halves of a normal have 2.7, of a uniform 3.5
	driftOver   = 0.03 // change over the whole series from which there is a trend
	warmOver    = 0.1  // distance from the steady state from which the beginning was a warm-up
	driftFades  = 0.1  // least share of the change in the second half; with less a warm-up has ended, and a straight line has 0.5
	driftOwn    = 2    // least sigmas of the steady state alone
	driftSigmas = 3.5  // least sigmas of a trend: chance in 1 of 2,100 series of independent values
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

// drifting tells whether a steady state follows a slow trend, which changepoints and the comparison of two
// halves may miss. The steady state is the end of all. What came before belongs to the trend, and then the
// steady state alone must follow it, too. But when it was too far away, it was a warm-up and is left out.
func drifting(all, steady []float64) bool {
	before := all[:len(all)-len(steady)]
	if len(before) == 0 || math.Abs(Median(before)/Median(steady)-1) > warmOver {
		return trending(steady) && math.Abs(sigmas(steady)) > driftSigmas
	}
	own, whole := sigmas(steady), sigmas(all)
	return trending(all) && math.Abs(whole) > driftSigmas && math.Abs(own) > driftOwn && own*whole > 0
}

// trending tells whether a series changes by at least driftOver from end to end, and has not come to rest.
func trending(x []float64) bool {
	third := len(x) / 3
	if third == 0 {
		return false
	}
	late, middle := Median(x[len(x)-third:]), Median(x[third:len(x)-third])
	change := math.Log(late / Median(x[:third])) // over two thirds of the way
	return 1.5*math.Abs(change) >= driftOver && math.Log(late/middle)/change >= driftFades
}

// sigmas is the rank correlation of values with their places (Spearman 1904), divided by its standard
// deviation under chance.
func sigmas(x []float64) float64 { return spearman(x) * math.Sqrt(float64(len(x)-1)) }

// spearman is the rank correlation of values with their places.
func spearman(x []float64) float64 {
	var xy, xx, yy float64
	mid := float64(len(x)-1) / 2
	for i, r := range ranks(x) {
		dx, dy := float64(i)-mid, r-mid
		xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
	}
	if yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

// ranks are the positions of values in sorted order, from 0. Equal values share the mean of their
// positions.
func ranks(x []float64) []float64 {
	order := ascending(x)
	out := make([]float64, len(x))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && x[order[to]] == x[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			out[i] = float64(from+to-1) / 2
		}
		from = to
	}
	return out
}
