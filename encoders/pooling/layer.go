package pooling

import "math"

// Layer is applied after pooling. Without a weight, it scales a vector to length 1.
type Layer struct {
	In, Out int
	Weight  []float32 // Out rows of In values
	Bias    []float32 // may be nil
	Tanh    bool
}

// Apply applies the layer to a vector.
func (l Layer) Apply(v []float32) []float32 {
	if l.Weight == nil {
		return unit(v)
	}
	out := make([]float32, l.Out)
	for i := range out {
		sum := 0.0
		for k, w := range l.Weight[i*l.In : (i+1)*l.In] {
			sum += float64(w) * float64(v[k])
		}
		if l.Bias != nil {
			sum += float64(l.Bias[i])
		}
		if l.Tanh {
			sum = math.Tanh(sum)
		}
		out[i] = float32(sum)
	}
	return out
}

// unit scales v to length 1. A zero vector is returned unchanged.
func unit(v []float32) []float32 {
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	if square == 0 {
		return out
	}
	for i, x := range v {
		out[i] = float32(float64(x) / math.Sqrt(square))
	}
	return out
}
