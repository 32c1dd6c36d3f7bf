// Package pooling turns one vector per token into one vector.
package pooling

// Poolings by the name in the options image_pooling and text_pooling.
const (
	CLS  = "cls"  // the first token's
	Mean = "mean" // of all tokens that are no padding
	Max  = "max"  // the same, the largest of each value
	Last = "last" // the last that is no padding
	EOS  = "eos"  // of CLIP's ids: that at the first end token
)

// Names are the names of all poolings.
func Names() []string { return []string{CLS, Mean, Max, Last, EOS} }

// Pool makes one vector out of the vectors from first to last.
func Pool(dst, hidden []float32, how string, first, last int) {
	dim := len(dst)
	at := func(k int) []float32 { return hidden[k*dim : (k+1)*dim] }
	switch how {
	case CLS:
		copy(dst, at(first))
	case Last, EOS:
		copy(dst, at(last))
	case Max:
		copy(dst, at(first))
		for k := first + 1; k <= last; k++ {
			for i, v := range at(k) {
				dst[i] = max(dst[i], v)
			}
		}
	default:
		sum := make([]float64, dim)
		for k := first; k <= last; k++ {
			for i, v := range at(k) {
				sum[i] += float64(v)
			}
		}
		for i, v := range sum {
			dst[i] = float32(v / float64(last-first+1))
		}
	}
}
