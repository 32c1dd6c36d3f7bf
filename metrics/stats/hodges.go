package stats

// HodgesLehmann is the median of the means of all pairs of values, each with itself too: a centre that one wild value in
// four does not move far, and nearly as sharp as the mean (Hodges and Lehmann 1963). It is NaN of none.
func HodgesLehmann(x []float64) float64 {
	means := make([]float64, 0, len(x)*(len(x)+1)/2)
	for i := range x {
		for _, v := range x[i:] {
			means = append(means, (x[i]+v)/2)
		}
	}
	return Median(means)
}
