package ort

import "math"

// ChannelsLast converts n pictures from planes to pixels.
func ChannelsLast(data []float32, n, plane int) []float32 {
	out := make([]float32, len(data))
	for i := range n {
		for c := range 3 {
			for k, v := range data[(3*i+c)*plane : (3*i+c+1)*plane] {
				out[3*(i*plane+k)+c] = v
			}
		}
	}
	return out
}

// Samples rounds values to 8 bits.
func Samples(data []float32) []byte {
	out := make([]byte, len(data))
	for i, v := range data {
		out[i] = byte(math.Round(float64(min(max(v, 0), 255))))
	}
	return out
}

// Floats converts integers to float32.
func Floats(v []int64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}
