package preprocess

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders/preprocess/resample"
)

// Normalise is (x/255 - mean) / std per channel, in float32, as numpy and torch compute it.
type Normalise struct {
	Mean, Std [3]float32
	table     *[3][256]float32
	inv       float32 // for Rescaled: the factor of mean and deviation; 0 means none
	how       string  // for the key, if it is not the usual way
}

// NewNormalise computes the 256 values that each channel can take.
func NewNormalise(mean, std [3]float32) Normalise {
	n := Normalise{Mean: mean, Std: std}
	return n.tabled(func(v int, mean, std float32) float32 { return float32(float32(v)/255-mean) / std })
}

// Of255 is n as Hugging Face computes it: (x - 255*mean) / (255*std).
func (n Normalise) Of255() Normalise { return n.Rescaled(1.0 / 255) }

// Rescaled is (x*factor - mean) / std as Hugging Face computes it: (x - mean/factor) / (std/factor). The factor is
// 1 if samples are not rescaled.
func (n Normalise) Rescaled(factor float64) Normalise {
	n.inv = float32(1 / factor)
	if n.how = "of255"; n.inv != 255 {
		n.how = fmt.Sprintf("of%v", n.inv)
	}
	return n.tabled(func(v int, mean, std float32) float32 {
		return float32(float32(v)-float32(n.inv*mean)) / float32(n.inv*std)
	})
}

// RescaledFirst is the same as transformers computes it in numpy, without torch.
func (n Normalise) RescaledFirst(factor float64) Normalise {
	n.how = fmt.Sprintf("times%v", factor)
	return n.tabled(func(v int, mean, std float32) float32 { return float32(float32(float64(v)*factor)-mean) / std })
}

// Multiplied multiplies samples by a factor and does nothing else.
func Multiplied(factor float64) Normalise {
	n := Normalise{Std: [3]float32{1, 1, 1}, how: fmt.Sprintf("samples*%v", factor)}
	return n.tabled(func(v int, _, _ float32) float32 { return float32(float32(v) * float32(factor)) })
}

// tabled is n with values that of computes.
func (n Normalise) tabled(of func(v int, mean, std float32) float32) Normalise {
	n.table = &[3][256]float32{}
	for c := range 3 {
		for v := range 256 {
			n.table[c][v] = of(v, n.Mean[c], n.Std[c])
		}
	}
	return n
}

// With computes as n does, with another mean and deviation.
func (n Normalise) With(mean, std [3]float32) Normalise {
	if n.inv != 0 {
		return NewNormalise(mean, std).Rescaled(1 / float64(n.inv))
	}
	return NewNormalise(mean, std)
}

// HalfNormalise is SigLIP's normalisation: -1 to 1.
func HalfNormalise() Normalise {
	half := [3]float32{0.5, 0.5, 0.5}
	return NewNormalise(half, half)
}

// CLIPNormalise is openai/CLIP's normalisation.
func CLIPNormalise() Normalise {
	return NewNormalise([3]float32{0.48145466, 0.4578275, 0.40821073}, [3]float32{0.26862954, 0.26130258, 0.27577711})
}

func (n Normalise) key() string {
	return fmt.Sprintf("%v/%v", n.Mean, n.Std) + n.how
}

// apply spreads interleaved RGB to planes.
func (n Normalise) apply(dst []float32, rgb []byte) { resample.Normalise(dst, rgb, n.table) }

// applyFloat is apply for planes that were not rounded, as in torchvision's Normalize.
func (n Normalise) applyFloat(dst, planes []float32) {
	plane := len(planes) / 3
	for c := range 3 {
		resample.NormaliseFloats(dst[c*plane:(c+1)*plane], planes[c*plane:(c+1)*plane], n.Mean[c], n.Std[c])
	}
}
