package stats

import "math"

// edgeCount is the number of queries with the rarer outcome from which the bootstrap's interval of a share
// is wide enough. With fewer it is too narrow: a score of 0 or 1 gets no width at all. Brown, Cai and
// DasGupta 2001 draw the line for normal intervals there, too.
const edgeCount = 10

// widened is a bootstrap interval of values from 0 to 1. Where the mean is so near 0 or 1 that few queries
// carry information, it is made at least as wide as the score interval (Wilson 1927).
//
// Queries of one cluster count together for what they are worth. n is the number of independent queries
// with the same variance (Korn and Graubard 1998), or the number of clusters when nothing varies. Graded
// values vary less than values of 0 and 1, so for them the interval is on the wide side.
func (r *Resampler) widened(values []float64, low, high float64) (float64, float64) {
	for _, v := range values {
		if !(v >= 0 && v <= 1) {
			return low, high
		}
	}
	p, ok := mean(values)
	if !ok || len(values) == 0 {
		return low, high
	}
	n := r.effective(values, p)
	if min(p, 1-p)*n >= edgeCount {
		return low, high
	}
	l, h := wilson(p, n)
	return min(low, l), max(high, h)
}

// effective is the number of independent queries that would give the mean the variance that its clusters
// give it.
func (r *Resampler) effective(values []float64, p float64) float64 {
	sums := make([]float64, len(r.sizes))
	for i, v := range values {
		at := i
		if r.cluster != nil {
			at = r.cluster[i]
		}
		sums[at] += v - p
	}
	var squares float64
	for _, s := range sums {
		squares += s * s
	}
	k, n := float64(len(sums)), float64(len(values))
	if k < 2 || squares < 1e-12 {
		return k
	}
	return max(1, min(n, p*(1-p)*n*n*(k-1)/(k*squares)))
}

// wilson is the 95 % score interval of a share p among n.
func wilson(p, n float64) (low, high float64) {
	const z = 1.959963984540054
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	low, high = max(0, centre-half), min(1, centre+half)
	if p <= 0 {
		low = 0
	}
	if p >= 1 {
		high = 1
	}
	return low, high
}
