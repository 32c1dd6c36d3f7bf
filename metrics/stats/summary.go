package stats

import (
	"cmp"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// Holm corrects p values, each between 0 and 1, for their number (Holm 1979). The corrected values below
// alpha are those that the step-down test rejects at alpha. They keep the given order.
func Holm(p []float64) []float64 {
	order := ascending(p)
	out := make([]float64, len(p))
	var least float64
	for k, i := range order {
		least = max(least, min(1, float64(len(p)-k)*p[i]))
		out[i] = least
	}
	return out
}

// MeanStd is the mean and the standard deviation (n-1). The mean is NaN without values, and the standard
// deviation with fewer than two.
func MeanStd(x []float64) (m, std float64) {
	m, _ = mean(x)
	if len(x) < 2 {
		return m, math.NaN()
	}
	var sum float64
	for _, v := range x {
		sum += float64((v - m) * (v - m))
	}
	return m, math.Sqrt(sum / float64(len(x)-1))
}

// mean is NaN without values; finite says whether the result is a finite number. The rounding errors are
// summed separately (Neumaier 1974), so that the order of the values does not change the last digit.
func mean(x []float64) (m float64, finite bool) {
	var sum, lost float64
	for _, v := range x {
		next := sum + v
		if math.Abs(sum) >= math.Abs(v) {
			lost += (sum - next) + v
		} else {
			lost += (v - next) + sum
		}
		sum = next
	}
	if !math.IsInf(sum, 0) { // an infinite sum has no rounding error
		sum += lost
	}
	m = sum / float64(len(x))
	return m, !math.IsNaN(m) && !math.IsInf(m, 0)
}

// ascending are the positions of values from the smallest to the largest. Equal values keep their order.
func ascending(x []float64) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	return order
}

// Median is the middle value, or the mean of the two middle ones. It is NaN without values.
func Median(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(x))
	n := len(s)
	return s[(n-1)/2] + (s[n/2]-s[(n-1)/2])/2
}

// MedianCI is an interval of order statistics that contains the median with at least 95 % confidence, as
// benchstat computes it (golang.org/x/perf/benchmath). Fewer than 6 values do not reach that. Their
// interval is the smallest and the largest value (confidence 1-2^(1-n)). Both ends are NaN without values.
func MedianCI(x []float64) (low, high float64) {
	if len(x) == 0 {
		return math.NaN(), math.NaN()
	}
	thresholds := benchmath.DefaultThresholds
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(slices.Clone(x), &thresholds), 0.95)
	return max(s.Lo, slices.Min(x)), min(s.Hi, slices.Max(x))
}
