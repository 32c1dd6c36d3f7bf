// Package pooling turns one vector per token into one vector.
package pooling

// The names of poolings in the options image_pooling and text_pooling.
const (
	CLS  = "cls"  // the first token
	Mean = "mean" // the mean of all tokens that are not padding
	Max  = "max"  // the maximum of each value over all tokens that are not padding
	Last = "last" // the last token that is not padding
	EOS  = "eos"  // the first end token, by CLIP's ids
)

// Names lists all poolings.
func Names() []string { return []string{CLS, Mean, Max, Last, EOS} }

// Pool makes one vector from the tokens' vectors first to last.
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
