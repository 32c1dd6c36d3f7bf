package encoders

import "math"

// ToOutput is what a server does with raw embeddings before it sends them.
func ToOutput(e Embeddings) [][]float32 {
	rows := make([][]float32, e.N)
	for i := range rows {
		rows[i] = unit32(e.Row(i))
	}
	return rows
}

// unit32 is v scaled to length 1.
func unit32(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out, scale := make([]float32, len(v)), float32(1/math.Sqrt(sum))
	for i, x := range v {
		out[i] = x * scale
	}
	return out
}
