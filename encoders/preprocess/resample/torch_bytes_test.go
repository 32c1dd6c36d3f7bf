package resample

import (
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// torchInPlainGo is torch's uint8 resize as it is defined: sums of weights with t.bits after the point, rows first.
func torchInPlainGo(src *picture.Picture, k *torchWeigher, w, h int, crop image.Rectangle) *picture.Picture {
	pass := func(in []byte, i int, t shortWeights, step int) byte {
		sum, at := int32(1)<<(t.bits-1), int(t.first[i])*step
		for _, weight := range t.values[i*t.size : i*t.size+int(t.n[i])] {
			sum += int32(in[at]) * weight
			at += step
		}
		return byte(min(max(sum>>t.bits, 0), 255))
	}
	src = src.RGB()
	across := src
	if w != src.W {
		x := k.weights(nil, src.W, w, 0, w)
		across = picture.New(picture.ModeRGB, w, src.H)
		for i := range across.Pix {
			across.Pix[i] = pass(src.Pix[i/(3*w)*3*src.W+i%3:], i/3%w, x, 3)
		}
	}
	out := across
	if h != src.H {
		y := k.weights(nil, src.H, h, 0, h)
		out = picture.New(picture.ModeRGB, w, h)
		for i := range out.Pix {
			out.Pix[i] = pass(across.Pix[i%(3*w):], i/(3*w), y, 3*w)
		}
	}
	return cut(nil, out, crop)
}

// TestTorchBytesEqualGo: torch's weights, shifted to Pillow's precision, give torch's bytes on every set.
func TestTorchBytesEqualGo(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	for range 300 {
		mode := []picture.Mode{picture.ModeRGB, picture.ModeRGBA, picture.ModeL, picture.ModeLA, picture.ModeCMYK}[r.IntN(5)]
		filter := TorchByteFilter{Mode: []string{"", Bilinear, Lanczos}[r.IntN(3)]}
		k := filter.weigher()
		most := []int{8, 60, 250, 900}[r.IntN(4)]
		src := drawn(r, mode, 1+r.IntN(most), 1+r.IntN(most))
		w, h := 1+r.IntN(70), 1+r.IntN(70)
		if r.IntN(4) == 0 {
			w = src.W
		}
		if r.IntN(4) == 0 {
			h = src.H
		}
		crop := image.Rect(r.IntN(w), r.IntN(h), 0, 0)
		crop.Max = image.Pt(crop.Min.X+1+r.IntN(w-crop.Min.X), crop.Min.Y+1+r.IntN(h-crop.Min.Y))
		want := torchInPlainGo(src, k, w, h, crop)
		name := fmt.Sprintf("%s, %s %dx%d to %dx%d, %v", mode, k.name, src.W, src.H, w, h, crop)
		for _, s := range sets() {
			if got := s.resampleRGB(nil, src, picture.ColourRGB, k, w, h, crop, false); got != nil {
				equalBytes(t, want.Pix, got.Pix, fmt.Sprint(s, ": ", name))
			}
		}
		equalBytes(t, want.Pix, filter.ResizeIn(nil, src, w, h, crop).Pix, "two passes: "+name)
	}
}
