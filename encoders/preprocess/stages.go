package preprocess

import (
	"fmt"
	"image"
	"math"
)

// Colour says what pixels are resized in.
type Colour string

// Colours.
const (
	ColourMode Colour = "mode" // as decoded, which is openai/CLIP's way
	ColourRGB  Colour = "rgb"
	ColourGrey Colour = "grey"
	// ColourOnBlack is RGB with what is transparent blended onto black: what a premultiplied
	// picture is when its alpha is forgotten.
	ColourOnBlack Colour = "rgb-on-black"
)

func (c Colour) convert(p *Picture) *Picture {
	switch c {
	case ColourRGB:
		return p.RGB()
	case ColourGrey:
		return p.Grey()
	case ColourOnBlack:
		if p.Mode.hasAlpha() {
			p = p.premultiplied()
		}
		return p.RGB()
	}
	return p
}

// Geometry says where a picture of any shape goes in a square one.
type Geometry string

// Geometries.
const (
	ShortSideCrop Geometry = "short-side+centre-crop" // keeps the aspect ratio
	Squash        Geometry = "squash"                 // both sides to Size: loses the aspect ratio
)

// plan is the size to resize to and the part of that to keep. ShortSideCrop is torchvision's
// Resize(size), which cuts the long side down to an integer, and CenterCrop, which rounds
// halves to even as Python does.
func (g Geometry) plan(w, h, size int) (int, int, image.Rectangle) {
	if g == Squash {
		return size, size, image.Rect(0, 0, size, size)
	}
	nw, nh := size, size
	if w <= h {
		nh = size * h / w
	} else {
		nw = size * w / h
	}
	left, top := halfToEven(nw-size), halfToEven(nh-size)
	return nw, nh, image.Rect(left, top, left+size, top+size)
}

func halfToEven(n int) int { return int(math.RoundToEven(float64(n) / 2)) }

// Normalise is (x/255 - mean) / std by channel, in float32 as numpy and torch compute it.
type Normalise struct {
	Mean, Std [3]float32
	table     *[3][256]float32
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

// CLIPNormalise is openai/CLIP's.
func CLIPNormalise() Normalise {
	return NewNormalise([3]float32{0.48145466, 0.4578275, 0.40821073}, [3]float32{0.26862954, 0.26130258, 0.27577711})
}

func (n Normalise) key() string { return fmt.Sprintf("normalise=%v/%v", n.Mean, n.Std) }

// apply spreads interleaved RGB to planes.
func (n Normalise) apply(dst []float32, rgb []byte) {
	plane := len(rgb) / 3
	r, g, b := dst[:plane], dst[plane:2*plane], dst[2*plane:3*plane]
	for i := range plane {
		px := rgb[3*i : 3*i+3 : 3*i+3]
		r[i], g[i], b[i] = n.table[0][px[0]], n.table[1][px[1]], n.table[2][px[2]]
	}
}
