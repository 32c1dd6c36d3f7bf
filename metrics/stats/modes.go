package stats

import (
	"cmp"
	"math"
	"slices"
)

const (
	modeShare   = 0.1  // of the values that the rarer level has at least
	modeGap     = 0.05 // how far apart two levels are at least, relative
	modeApart   = 4.5  // Ashman's D from which two levels are no spread of one: halves of a normal have 2.7, of a uniform 3.5
	driftOver   = 0.03 // change over the whole series that is a trend
	warmOver    = 0.1  // from a steady state: what was so far from it at first was a warm-up
	driftFades  = 0.1  // of the change in its second half: less is a warm-up that is over, a straight line has 0.5
	driftOwn    = 2    // of a steady state alone
	driftSigmas = 3.5  // of the rank correlation: chance in 1 of 2,100 series of independent values
)

// twoLevels tells whether values come from two alternating levels, as when a clock or a memory layout
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

// drifting tells whether a steady state, the end of all, follows a slow trend, which two halves and changepoints may hide.
// What came before belongs to the trend unless it was so far from it that it was a warm-up; then the steady
// state has to follow it, too.
func drifting(all, steady []float64) bool {
	before := all[:len(all)-len(steady)]
	if len(before) == 0 || math.Abs(Median(before)/Median(steady)-1) > warmOver {
		return trending(steady) && math.Abs(sigmas(steady)) > driftSigmas
	}
	own, whole := sigmas(steady), sigmas(all)
	return trending(all) && math.Abs(whole) > driftSigmas && math.Abs(own) > driftOwn && own*whole > 0
}

// trending tells whether a series changes by driftOver from end to end, and has not come to rest.
func trending(x []float64) bool {
	third := len(x) / 3
	if third == 0 {
		return false
	}
	late, middle := Median(x[len(x)-third:]), Median(x[third:len(x)-third])
	change := math.Log(late / Median(x[:third])) // of two thirds of the way
	return 1.5*math.Abs(change) >= driftOver && math.Log(late/middle)/change >= driftFades
}

// sigmas is the rank correlation of values with their places (Spearman 1904) in its standard deviations by chance.
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

// ranks are the places of values in their order, from 0; equal ones share the mean of theirs.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
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
