package stats

// HodgesLehmann is the median of the means of all pairs of values, including each value with itself. One
// wild value in four does not move this centre far, and it is nearly as precise as the mean (Hodges and
// Lehmann 1963). It is NaN without values.
func HodgesLehmann(x []float64) float64 {
	means := make([]float64, 0, len(x)*(len(x)+1)/2)
	for i := range x {
		for _, v := range x[i:] {
			means = append(means, (x[i]+v)/2)
		}
	}
	return Median(means)
}
