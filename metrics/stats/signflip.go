package stats

import "math"

// flipBins bounds the work of SignFlip. Differences that are no whole numbers are rounded to this many
// parts of their total.
const flipBins = 8192

// SignFlip is the two-sided p value that paired differences are equally likely up and down. It is the
// randomisation test (Fisher 1935), which Smucker, Allan and Carterette 2007 recommend for search. The p
// value is the share of all sign flips that give a sum at least as far from 0.
//
// It is computed exactly, from the number of subsets by their sum. So it has no seed, and its smallest
// value for n differences is 2^(1-n). For differences of 1 and -1 it is McNemar's exact test.
//
// Differences of one cluster are flipped together, with clusters as in NewClusterResampler; nil makes each
// difference its own cluster. Differences that are not whole numbers are rounded first, in the same way on
// both sides of 0, which leaves the test exact. The result is 1 without differences, and NaN when one is
// not finite.
func SignFlip(diffs []float64, clusters []int) float64 {
	sums := clusterSums(diffs, clusters)
	unit, total := flipUnit(sums)
	if math.IsNaN(unit) {
		return math.NaN()
	}
	if total == 0 {
		return 1
	}
	var observed, all int
	weights := make([]int, 0, len(sums))
	for _, s := range sums {
		w := int(math.Round(math.Abs(s) / unit))
		if w == 0 {
			continue
		}
		weights, all = append(weights, w), all+w
		if s < 0 {
			w = -w
		}
		observed += w
	}
	return subsetTail(weights, all, observed)
}

// clusterSums adds up the differences of each cluster.
func clusterSums(diffs []float64, clusters []int) []float64 {
	if clusters == nil {
		return diffs
	}
	var sums []float64
	for i, d := range diffs {
		for clusters[i] >= len(sums) {
			sums = append(sums, 0)
		}
		sums[clusters[i]] += d
	}
	return sums
}

// flipUnit is 1 when all sums are whole and small, and otherwise a part of their total. It is NaN when a
// sum is not finite.
func flipUnit(sums []float64) (unit, total float64) {
	whole := true
	for _, s := range sums {
		total += math.Abs(s)
		whole = whole && math.Abs(s-math.Round(s)) < 1e-9
	}
	switch {
	case math.IsNaN(total) || math.IsInf(total, 0):
		return math.NaN(), total
	case whole && total <= flipBins:
		return 1, math.Round(total)
	}
	return total / flipBins, total
}

// subsetTail is the probability that the sum of weights with random signs is at least as far from 0 as
// observed. A signed sum of all-2x belongs to a subset with the sum x that is negative.
func subsetTail(weights []int, all, observed int) float64 {
	if observed == 0 {
		return 1
	}
	if observed < 0 {
		observed = -observed
	}
	most := (all - observed) / 2
	chance := make([]float64, most+1) // by the subset's sum; larger sums are not needed
	chance[0] = 1
	for _, w := range weights {
		for x := most; x >= 0; x-- {
			chance[x] /= 2
			if x >= w {
				chance[x] += chance[x-w] / 2
			}
		}
	}
	var tail float64
	for _, c := range chance {
		tail += c
	}
	return min(1, 2*tail)
}
