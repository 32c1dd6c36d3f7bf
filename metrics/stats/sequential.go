package stats

import (
	"math"

	mstats "github.com/aclements/go-moremath/stats"
)

// sequentialFloor is the least standard deviation that a series of logarithms is taken to have: a few
// equal nights are luck, and no proof that nothing varies.
const sequentialFloor = 0.005

// AbovePrediction is the one-sided p value of a new value being no higher than the past ones allow:
// Student's t of its distance from their mean over s sqrt(1+1/n), the prediction interval of one more
// normal value (Hahn and Meeker 1991, 4.7). s is at least sequentialFloor. It is 1 of fewer than two
// past values.
func AbovePrediction(past []float64, x float64) float64 {
	n := float64(len(past))
	if n < 2 {
		return 1
	}
	m, s := baseline(past)
	t := (x - m) / (s * math.Sqrt(1+1/n))
	return mstats.TDist{V: n - 1}.CDF(-t)
}

// Cusum is the one-sided cumulative sum of a series against a baseline: S grows by how many standard
// deviations of the baseline each value is above its mean, less k, and is never below 0 (Page 1954;
// Montgomery, Introduction to Statistical Quality Control, 9.1). It shows a small shift that stays.
// The sum is that after the last value; from is where it last left 0, len(x) when it is 0 now.
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

// baseline is the mean and the standard deviation, which is no less than sequentialFloor.
func baseline(x []float64) (m, s float64) {
	m, s = MeanStd(x)
	return m, max(s, sequentialFloor)
}
