package stats

import "math"

// flipBins bounds the work of SignFlip: differences that are no whole numbers are rounded to
// this many parts of their total.
const flipBins = 8192

// SignFlip is the two-sided p value of paired differences being as likely down as up, by the
// randomisation test (Fisher 1935; Smucker, Allan and Carterette 2007 recommend it for search):
// the share of all ways to flip their signs that give a sum at least as far from 0. It is
// computed exactly, as the number of subsets by their sum, so it has no seed and no least value
// but 2^(1-n) of n differences; of differences of 1 and -1 it is McNemar's exact test.
//
// Differences of one cluster (as in NewClusterResampler, nil: each its own) are flipped together.
// Those that are not whole numbers are rounded first, alike on both sides of 0, which leaves the
// test exact. It is 1 of no differences and NaN when one is not finite.
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

// clusterSums adds the differences of each cluster.
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

// flipUnit is 1 when all sums are whole and few, else a part of their total; NaN of a sum that
// is not finite.
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

// subsetTail is the chance that the sum of weights with random signs is as far from 0 as
// observed: a sum of all-2x has the weights of a subset of sum x negative.
func subsetTail(weights []int, all, observed int) float64 {
	if observed == 0 {
		return 1
	}
	if observed < 0 {
		observed = -observed
	}
	most := (all - observed) / 2
	chance := make([]float64, most+1) // by the subset's sum; larger sums are not followed
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
