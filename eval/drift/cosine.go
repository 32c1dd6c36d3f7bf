package drift

import "math"

// Cosine is the cosine of two embeddings, or -1 if their lengths differ.
func Cosine(a, b []float32) float64 {
	if len(a) != len(b) {
		return -1
	}
	var ab, aa, bb float64
	for i, v := range a {
		ab, aa, bb = ab+float64(v)*float64(b[i]), aa+float64(v)*float64(v), bb+float64(b[i])*float64(b[i])
	}
	return ab / math.Sqrt(max(aa*bb, 1e-300))
}
