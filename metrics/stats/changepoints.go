package stats

import "math"

// Changepoints finds where the mean or the variance of a series changes. It returns the first index of
// every segment but the first, in order. It is PELT (Killick, Fearnhead and Eckley 2012), which is exact.
// The cost is the normal likelihood of mean and variance, and the penalty is the 15 ln n of Barrett et al.
// 2017 ("Virtual machine warmup blows hot and cold", OOPSLA). A segment has at least two values. A
// variance below floor counts as floor, so that smaller variations are not separated.
func Changepoints(x []float64, floor float64) []int {
	n := len(x)
	if n < 4 {
		return nil
	}
	sum, square := make([]float64, n+1), make([]float64, n+1)
	shift := Median(x) // keeps the squares small
	for i, v := range x {
		sum[i+1], square[i+1] = sum[i]+v-shift, square[i]+(v-shift)*(v-shift)
	}
	cost := func(from, to int) float64 {
		m := float64(to - from)
		mean := (sum[to] - sum[from]) / m
		variance := (square[to]-square[from])/m - mean*mean
		return m * (math.Log(math.Max(variance, floor)) + 1)
	}
	const least = 2
	penalty := 15 * math.Log(float64(n))
	best, last := make([]float64, n+1), make([]int, n+1)
	best[0] = -penalty
	starts := []int{0}
	for to := least; to <= n; to++ {
		best[to] = math.Inf(1)
		costs := make([]float64, len(starts))
		for k, from := range starts {
			costs[k] = best[from] + cost(from, to)
			if c := costs[k] + penalty; c < best[to] {
				best[to], last[to] = c, from
			}
		}
		kept := starts[:0]
		for k, from := range starts {
			if costs[k] <= best[to] {
				kept = append(kept, from) // no other start can begin a best segment any more
			}
		}
		starts = kept
		if from := to - least + 1; from >= least {
			starts = append(starts, from)
		}
	}
	var out []int
	for to := last[n]; to > 0; to = last[to] {
		out = append([]int{to}, out...)
	}
	return out
}
