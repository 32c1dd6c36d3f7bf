package stats

import "math"

const (
	driftOver   = 0.025 // change over the whole series from which there is a trend
	warmOver    = 0.1   // distance from the steady state from which the beginning was a warm-up
	driftFades  = 0.1   // least share of the change in the last third; with less a warm-up has ended, and a straight line has 0.5
	driftOwn    = 2     // least sigmas of the steady state alone
	driftSigmas = 2.576 // least sigmas of a trend: chance in 1 % of series, half of them up
	noisySigmas = 3.5   // the same in noise above noisyOver, where chance alone changes a series by far more than driftOver
	noisyOver   = 0.04  // relative
	linePoints  = 128   // a longer series is reduced to medians of blocks for its slope
)

// drifting tells whether a steady state follows a slow trend, which changepoints and the comparison of two
// halves may miss. The steady state is the end of all. What came before belongs to the trend, and then the
// steady state alone must follow it, too. But when it was too far away, it was a warm-up and is left out.
func drifting(all, steady []float64) bool {
	before := all[:len(all)-len(steady)]
	if len(before) == 0 || math.Abs(Median(before)/Median(steady)-1) > warmOver {
		return trending(steady, sigmas(steady))
	}
	own, whole := sigmas(steady), sigmas(all)
	return trending(all, whole) && math.Abs(own) > driftOwn && own*whole > 0
}

// trending tells whether a series changes by at least driftOver from end to end, by more than chance, and
// has not come to rest.
func trending(x []float64, sigmas float64) bool {
	least := driftSigmas
	if noise(x) > noisyOver {
		least = noisySigmas
	}
	return math.Abs(sigmas) > least && math.Abs(change(x)) >= driftOver && !rests(x)
}

// change is the relative change from end to end of the straight line through a series' logarithms. Its
// slope is the median of the slopes of all pairs of points (Theil 1950, Sen 1968).
func change(x []float64) float64 {
	size := (len(x) + linePoints - 1) / linePoints
	points := blockMedians(x, size)
	var slopes []float64
	for i, a := range points {
		for k, b := range points[i+1:] {
			slopes = append(slopes, math.Log(b/a)/float64(k+1))
		}
	}
	return math.Expm1(Median(slopes) * float64(len(points)-1))
}

// rests tells whether a series changed at first and no longer does. Noise alone must not look like that:
// the change must also bend by three of its standard errors.
func rests(x []float64) bool {
	third := len(x) / 3
	first, middle, late := x[:third], x[third:len(x)-third], x[len(x)-third:]
	early, end := math.Log(Median(middle)/Median(first)), math.Log(Median(late)/Median(middle))
	if end/(early+end) >= driftFades {
		return false
	}
	return math.Abs(early-end) > 3*noise(x)*math.Sqrt(6*math.Pi/2/float64(third)) // a median's variance is pi/2 of a mean's
}

// noise is the relative standard deviation of values around their level, by the median step from one to
// the next, which neither trends nor stalls change.
func noise(x []float64) float64 {
	steps := make([]float64, len(x)-1)
	for i := range steps {
		steps[i] = math.Abs(math.Log(x[i+1] / x[i]))
	}
	return 1.4826 / math.Sqrt2 * Median(steps)
}

// sigmas is how far a series follows its order, in standard deviations of what chance does: the t value of
// the regression of normal scores (van der Waerden 1952, in Blom's form) on places. Noise of which
// neighbours are alike, as on a machine with moods, has fewer values of its own: their number is corrected by
// the residuals' correlation from one to the next (Bayley and Hammersley 1946) where it is beyond chance.
func sigmas(x []float64) float64 {
	n := float64(len(x))
	if n < 4 {
		return 0
	}
	scores := ranks(x)
	var xy, xx, yy float64
	mid := (n - 1) / 2
	for i, r := range scores {
		scores[i] = math.Sqrt2 * math.Erfinv(2*(r+0.625)/(n+0.25)-1)
		dx := float64(i) - mid
		xy, xx, yy = xy+dx*scores[i], xx+dx*dx, yy+scores[i]*scores[i]
	}
	if yy == 0 {
		return 0
	}
	slope := xy / xx
	var lag, own, last float64
	for i, s := range scores {
		e := s - slope*(float64(i)-mid)
		lag, own, last = lag+e*last, own+e*e, e
	}
	if own < 1e-9*yy {
		return math.Copysign(math.Inf(1), slope)
	}
	t := slope * math.Sqrt(xx*(n-2)/own)
	if alike := lag / own; alike > 2/math.Sqrt(n) {
		alike = min(0.95, alike+(1+4*alike)/n) // estimated too low around a fitted line (Kendall 1954)
		t *= math.Sqrt((1 - alike) / (1 + alike))
	}
	return t
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
