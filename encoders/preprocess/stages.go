package preprocess

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders/preprocess/resample"
)

// Normalise is (x/255 - mean) / std by channel, in float32 as numpy and torch compute it.
type Normalise struct {
	Mean, Std [3]float32
	table     *[3][256]float32
	of255     bool
}

// NewNormalise computes the 256 values that each channel can take.
func NewNormalise(mean, std [3]float32) Normalise {
	n := Normalise{Mean: mean, Std: std, table: &[3][256]float32{}}
	for c := range 3 {
		for v := range 256 {
			x := float32(v) / 255
			n.table[c][v] = float32(x-mean[c]) / std[c]
		}
	}
	return n
}

// Of255 is n as Hugging Face computes it: (x - 255*mean) / (255*std).
func (n Normalise) Of255() Normalise {
	n.of255, n.table = true, &[3][256]float32{}
	for c := range 3 {
		for v := range 256 {
			n.table[c][v] = float32(float32(v)-float32(255*n.Mean[c])) / float32(255*n.Std[c])
		}
	}
	return n
}

// With is n's way of computing with another mean and deviation.
func (n Normalise) With(mean, std [3]float32) Normalise {
	if n.of255 {
		return NewNormalise(mean, std).Of255()
	}
	return NewNormalise(mean, std)
}

// HalfNormalise is SigLIP's: -1 to 1.
func HalfNormalise() Normalise {
	half := [3]float32{0.5, 0.5, 0.5}
	return NewNormalise(half, half)
}

// CLIPNormalise is openai/CLIP's.
func CLIPNormalise() Normalise {
	return NewNormalise([3]float32{0.48145466, 0.4578275, 0.40821073}, [3]float32{0.26862954, 0.26130258, 0.27577711})
}

func (n Normalise) key() string {
	key := fmt.Sprintf("normalise=%v/%v", n.Mean, n.Std)
	if n.of255 {
		key += "of255"
	}
	return key
}

// apply spreads interleaved RGB to planes.
func (n Normalise) apply(dst []float32, rgb []byte) { resample.Normalise(dst, rgb, n.table) }

// applyFloat is apply of planes that were not rounded, as torchvision's Normalize does it.
func (n Normalise) applyFloat(dst, planes []float32) {
	plane := len(planes) / 3
	for c := range 3 {
		for i, v := range planes[c*plane : (c+1)*plane] {
			dst[c*plane+i] = float32(v-n.Mean[c]) / n.Std[c]
		}
	}
}
