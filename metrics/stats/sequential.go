package stats

import (
	"math"

	mstats "github.com/aclements/go-moremath/stats"
)

// sequentialFloor is the smallest standard deviation that a series of logarithms is assumed to have. A few
// equal nights are luck, and no proof that nothing varies.
const sequentialFloor = 0.005

// AbovePrediction is the one-sided p value that a new value is no higher than past values allow. It is
// Student's t of the value's distance from their mean over s sqrt(1+1/n), the prediction interval of one
// more normal value (Hahn and Meeker 1991, 4.7). s is at least sequentialFloor. The result is 1 with fewer
// than two past values.
func AbovePrediction(past []float64, x float64) float64 {
	n := float64(len(past))
	if n < 2 {
		return 1
	}
	m, s := baseline(past)
	t := (x - m) / (s * math.Sqrt(1+1/n))
	return mstats.TDist{V: n - 1}.CDF(-t)
}

// Cusum is the one-sided cumulative sum of a series against a baseline (Page 1954; Montgomery,
// Introduction to Statistical Quality Control, 9.1). For each value, S grows by the value's distance above
// the baseline's mean, in standard deviations of the baseline, minus k. It never falls below 0. It detects
// a small shift that stays. sum is S after the last value. from is where S last left 0, or len(x) when S
// is 0 at the end.
func Cusum(base, x []float64, k float64) (sum float64, from int) {
	m, s := baseline(base)
	from = len(x)
	for i, v := range x {
		next := max(0, sum+(v-m)/s-k)
		switch {
		case next == 0:
			from = len(x)
		case sum == 0:
			from = i
		}
		sum = next
	}
	return sum, from
}

// baseline is the mean and the standard deviation. The latter is at least sequentialFloor.
func baseline(x []float64) (m, s float64) {
	m, s = MeanStd(x)
	return m, max(s, sequentialFloor)
}
