package stats

import "math"

// UnitVector is v at length 1, or zeros for a vector without length.
func UnitVector(v []float32) []float64 {
	out, sum := make([]float64, len(v)), 0.0
	for i, x := range v {
		out[i] = float64(x)
		sum += out[i] * out[i]
	}
	if sum == 0 {
		return out
	}
	for i := range out {
		out[i] /= math.Sqrt(sum)
	}
	return out
}
