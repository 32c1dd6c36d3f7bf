package resample

import (
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// FuzzResize: pictures of any mode, sizes and crop give the bytes of plain Go on every set, Pillow's way and torch's.
func FuzzResize(f *testing.F) {
	f.Add(uint64(1), uint8(0), uint16(33), uint16(70), uint8(20), uint8(20), uint16(0))
	f.Add(uint64(2), uint8(7), uint16(9), uint16(200), uint8(31), uint8(8), uint16(500))
	f.Add(uint64(3), uint8(12), uint16(300), uint16(40), uint8(17), uint8(40), uint16(77))
	f.Fuzz(func(t *testing.T, seed uint64, kind uint8, srcW, srcH uint16, toW, toH uint8, at uint16) {
		r := rand.New(rand.NewPCG(seed, seed))
		mode := []picture.Mode{picture.ModeRGB, picture.ModeRGBA, picture.ModeL, picture.ModeLA, picture.ModeCMYK}[kind%5]
		colour := []picture.Colour{picture.ColourMode, picture.ColourRGB, picture.ColourGrey}[kind/5%3]
		src := drawn(r, mode, 1+int(srcW%400), 1+int(srcH%400))
		w, h := 1+int(toW%80), 1+int(toH%80)
		crop := image.Rect(int(at)%w, int(at/7)%h, w, h)
		name := fmt.Sprintf("%s as %s, %dx%d to %dx%d, %v", mode, colour, src.W, src.H, w, h, crop)
		down := kind >= 128
		k := []*kernel{bicubicKernel, bilinearKernel, lanczosKernel, boxKernel, hammingKernel}[kind/16%5]
		want := inPlainGo(src, colour, k, w, h, crop, down)
		torch := torchInPlainGo(src, torchBicubic, w, h, crop)
		for _, s := range sets() {
			if got := s.resampleRGB(nil, src, colour, k, w, h, crop, down); got != nil {
				equalBytes(t, want.Pix, got.RGB().Pix, fmt.Sprint(s, ": ", k.name, " ", name))
			}
			if got := s.resampleRGB(nil, src, picture.ColourRGB, torchBicubic, w, h, crop, false); got != nil {
				equalBytes(t, torch.Pix, got.Pix, fmt.Sprint(s, ": torch ", name))
			}
		}
	})
}
