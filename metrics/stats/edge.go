package stats

import "math"

// edgeCount is below how many queries' worth of the rarer outcome the bootstrap's interval of a share
// is too narrow: of a score of 0 or 1 it has no width at all (Brown, Cai and DasGupta 2001 draw the
// line for normal intervals there, too).
const edgeCount = 10

// widened is a bootstrap interval of values from 0 to 1, made at least as wide as the score interval
// (Wilson 1927) where the mean is so near 0 or 1 that few queries tell anything. Queries of one
// cluster count as what they are worth together: n is the one that gives their variance (Korn and
// Graubard 1998), and the number of clusters when nothing varies. Graded values vary less than 0 and 1
// would, so for them it is on the wide side.
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

// effective is how many independent queries would give the mean the variance that it has by cluster.
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

// wilson is the 95 % score interval of a share p of n.
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
