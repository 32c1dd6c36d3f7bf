package stats

import (
	"math"
	"slices"
)

// mixture is a mixture of two normal distributions with one variance.
type mixture struct {
	share      float64 // of the values on the higher level
	low, high  float64 // means
	spread     float64 // standard deviation
	likelihood float64 // its logarithm
}

// fitMixture fits sorted values by the EM algorithm (Dempster, Laird and Rubin 1977). Among several starts
// it takes the likeliest result.
func fitMixture(sorted []float64) mixture {
	best := mixture{likelihood: math.Inf(-1)}
	higher := make([]float64, len(sorted)) // the chance of each value to be of the higher level
	for _, start := range []float64{0.05, 0.15, 0.5, 0.85, 0.95} {
		for i := range higher {
			higher[i] = 0
			if float64(i) >= start*float64(len(sorted)) {
				higher[i] = 1
			}
		}
		last := math.Inf(-1)
		for range 60 {
			m, ok := maximise(sorted, higher)
			if !ok {
				break
			}
			m.expect(sorted, higher)
			if m.likelihood > best.likelihood {
				best = m
			}
			if m.likelihood-last < 1e-4 {
				break
			}
			last = m.likelihood
		}
	}
	return best
}

// maximise finds the likeliest mixture for given chances. It is not ok if a level has less than one value.
func maximise(x, higher []float64) (m mixture, ok bool) {
	var n, high, low, squares float64
	for i, v := range x {
		n, high, low = n+higher[i], high+higher[i]*v, low+(1-higher[i])*v
	}
	all := float64(len(x))
	if n < 1 || all-n < 1 {
		return m, false
	}
	m.share, m.high, m.low = n/all, high/n, low/(all-n)
	for i, v := range x {
		squares += higher[i]*(v-m.high)*(v-m.high) + (1-higher[i])*(v-m.low)*(v-m.low)
	}
	m.spread = max(quietest, math.Sqrt(squares/all))
	return m, true
}

// expect computes the likelihood, and sets the chances.
func (m *mixture) expect(x, higher []float64) {
	m.likelihood = -float64(len(x)) * math.Log(m.spread*math.Sqrt(2*math.Pi))
	shareHigh, shareLow := math.Log(m.share), math.Log(1-m.share)
	for i, v := range x {
		h, l := (v-m.high)/m.spread, (v-m.low)/m.spread
		a, b := shareHigh-h*h/2, shareLow-l*l/2
		odds := math.Exp(-math.Abs(a - b)) // of the less likely level
		if higher[i] = 1 / (1 + odds); b > a {
			higher[i] *= odds
		}
		m.likelihood += max(a, b) + math.Log1p(odds)
	}
}

// oneCluster is the log-likelihood of sorted values under families of one cluster: under Student's t, and
// the best one under t folded at the smallest value, the exponential and the uniform distribution.
func oneCluster(sorted []float64) (tails, others float64) {
	n, least := float64(len(sorted)), sorted[0]
	mean, _ := MeanStd(sorted)
	others = max(-n*(math.Log(max(mean-least, quietest))+1), -n*math.Log(max(slices.Max(sorted)-least, quietest)))
	tails = math.Inf(-1)
	for _, freedom := range []float64{2, 3, 5, 10, 30, 1e5} { // the last one is the normal distribution
		tails = max(tails, student(sorted, freedom, false))
		others = max(others, student(sorted, freedom, true)+n*math.Ln2)
	}
	return tails, others
}

// student fits Student's t, and gives the log-likelihood. It is the EM algorithm of Lange, Little and Taylor
// 1989. If folded, the location stays at the smallest value.
func student(sorted []float64, freedom float64, folded bool) float64 {
	n, at := float64(len(sorted)), Median(sorted)
	mean, std := MeanStd(sorted)
	scale := max(std/2, quietest)
	if folded {
		at, scale = sorted[0], max(mean-sorted[0], quietest)
	}
	up, _ := math.Lgamma((freedom + 1) / 2)
	down, _ := math.Lgamma(freedom / 2)
	constant := n * (up - down - math.Log(freedom*math.Pi)/2)
	best := math.Inf(-1)
	for range 40 {
		var weights, sum, squares float64
		for _, v := range sorted {
			d := (v - at) / scale
			w := (freedom + 1) / (freedom + d*d)
			weights, sum, squares = weights+w, sum+w*v, squares+w*(v-at)*(v-at)
		}
		if !folded {
			at = sum / weights
		}
		scale = max(quietest, math.Sqrt(squares/n))
		likelihood := constant - n*math.Log(scale)
		for _, v := range sorted {
			d := (v - at) / scale
			likelihood -= (freedom + 1) / 2 * math.Log1p(d*d/freedom)
		}
		if likelihood-best < 1e-3 {
			return max(best, likelihood)
		}
		best = likelihood
	}
	return best
}
