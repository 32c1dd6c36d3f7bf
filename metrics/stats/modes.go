package stats

import (
	"math"
	"slices"
)

const (
	modeShare  = 0.05 // least share of values on the rarer level
	modeLeast  = 2.5  // and least number: three, up to the fit's rounding
	modeGap    = 0.05 // least relative distance of two levels
	modeApart  = 3.4  // least Ashman's D; from 2 on two levels are apart
	modeLikely = 6.5  // least likelihood ratio, as twice the difference of logarithms, in a long series
	modeSmall  = 300  // what a series of n values must have beyond it, times n
	modeOthers = 3    // least likelihood ratio to one-sided and uniform noise
	modePoints = 256  // a longer series is reduced to as many quantiles
)

// twoLevels tells whether values come from two levels, as when a clock or a memory layout flips between two
// states. It takes logarithms and fits a mixture of two normal distributions with one variance. Then it
// compares its likelihood with that of one cluster of values.
//
// The test is the likelihood ratio of McLachlan 1987 ("On bootstrapping the likelihood ratio test statistic
// for the number of components in a normal mixture"). The one cluster is Student's t in place of a normal
// distribution, so that heavy tails are no second level (Lange, Little and Taylor 1989). Its critical value
// comes from simulation: docs/bench.md has the rates. One-sided and uniform noise are families of their own.
// Against them the mixture must gain more than it does by the parameter that it has more (Akaike 1974).
//
// The levels must also be apart, by Ashman's D (Ashman, Bird and Zepf 1994): the distance of the means in
// standard deviations of a level.
func twoLevels(x []float64) bool {
	logs := logQuantiles(x)
	if quantile(logs, 1-modeShare/2)-quantile(logs, modeShare/2) < math.Log1p(modeGap)/2 {
		return false // most series, at little cost
	}
	two, n := fitMixture(logs), float64(len(logs))
	rarer, apart := min(two.share, 1-two.share), two.high-two.low
	if rarer < modeShare || rarer*n < modeLeast || math.Expm1(apart) < modeGap || apart < modeApart*two.spread {
		return false
	}
	tails, others := oneCluster(logs)
	return 2*(two.likelihood-tails) > modeLikely+modeSmall/n && 2*(two.likelihood-others) > modeOthers
}

// logQuantiles are the logarithms of values in order, or of evenly spaced ones if there are many.
func logQuantiles(x []float64) []float64 {
	sorted := slices.Sorted(slices.Values(x))
	n := min(len(sorted), modePoints)
	out := make([]float64, n)
	for i := range out {
		at := i
		if n < len(sorted) {
			at = int((float64(i) + 0.5) * float64(len(sorted)) / float64(n))
		}
		out[i] = math.Log(math.Max(sorted[at], 1e-9))
	}
	return out
}
