package stats

import "golang.org/x/perf/benchmath"

// MannWhitney is the two-sided p value that two samples have the same distribution (Mann and Whitney
// 1947). It is exact for small samples, as benchstat computes it. It is 1 when a sample is empty or all
// values are equal, because then nothing is shown.
func MannWhitney(a, b []float64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 1
	}
	thresholds := benchmath.DefaultThresholds
	return min(1, benchmath.AssumeNothing.Compare(benchmath.NewSample(a, &thresholds), benchmath.NewSample(b, &thresholds)).P)
}

// MannWhitneyLeast is the smallest p value that MannWhitney can give for samples of n and m values: 2 /
// (n+m choose n).
func MannWhitneyLeast(n, m int) float64 {
	p := 2.0
	for i := 1; i <= n; i++ {
		p *= float64(i) / float64(m+i)
	}
	return min(1, p)
}
