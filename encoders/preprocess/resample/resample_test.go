package resample

import (
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/isa"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

func noise(r *rand.Rand, mode picture.Mode, w, h int) *picture.Picture {
	p := picture.New(mode, w, h)
	for i := range p.Pix {
		p.Pix[i] = byte(r.Uint32())
	}
	return p
}

// premultipliedGo and unpremultiplyGo are Pillow's conversions in plain Go.
func premultipliedGo(p *picture.Picture) *picture.Picture {
	out, n := picture.New(p.Mode, p.W, p.H), p.Mode.Channels()
	for i := 0; i < len(p.Pix); i += n {
		alpha := int(p.Pix[i+n-1])
		for c := range n - 1 {
			out.Pix[i+c] = muldiv255Go(int(p.Pix[i+c]), alpha)
		}
		out.Pix[i+n-1] = uint8(alpha)
	}
	return out
}

// muldiv255Go is a*b/255, rounded as Pillow does.
func muldiv255Go(a, b int) byte {
	t := a*b + 128
	return byte(((t >> 8) + t) >> 8)
}

func unpremultiplyGo(p *picture.Picture) {
	n := p.Mode.Channels()
	for i := 0; i < len(p.Pix); i += n {
		alpha := int(p.Pix[i+n-1])
		if alpha == 0 || alpha == 255 {
			continue
		}
		for c := range n - 1 {
			p.Pix[i+c] = uint8(min(255, 255*int(p.Pix[i+c])/alpha))
		}
	}
}

// inside is a view of random bytes with others around it.
func inside(r *rand.Rand, mode picture.Mode, w, h int) (view, *picture.Picture) {
	whole := noise(r, mode, w+r.IntN(3), h+r.IntN(3))
	x, y := whole.W-w, whole.H-h
	v := viewOf(whole, image.Rect(x, y, whole.W, whole.H))
	return v, &picture.Picture{Mode: mode, W: w, H: h, Pix: v.compact()}
}

// TestPassesEqualGo: every set gives the bytes of the plain Go.
func TestPassesEqualGo(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 600 {
		mode := []picture.Mode{picture.ModeL, picture.ModeLA, picture.ModeRGB, picture.ModeRGBA}[r.IntN(4)]
		part, src := inside(r, mode, 1+r.IntN(90), 1+r.IntN(90))
		n, out := mode.Channels(), 1+r.IntN(60)
		k := []*kernel{bicubicKernel, bilinearKernel}[r.IntN(2)]
		for _, s := range sets() {
			x := k.coefficients(nil, src.W, out, 0, out)
			want := make([]byte, out*src.H*n)
			horizontalGo(want, src.Pix, src.W, n, x, src.H)
			assert.Equal(t, want, s.horizontalPass(part, x).pix, "%s: x, %s %dx%d to %d", s, mode, src.W, src.H, out)

			y := k.coefficients(nil, src.H, out, 0, out)
			want = make([]byte, out*src.W*n)
			verticalGo(want, src.Pix, src.W*n, y)
			assert.Equal(t, want, s.verticalPass(part, y).pix, "%s: y, %s %dx%d to %d", s, mode, src.W, src.H, out)

			if mode.HasAlpha() {
				want = make([]byte, out*src.H*n)
				horizontalGo(want, premultipliedGo(src).Pix, src.W, n, x, src.H)
				assert.Equal(t, want, s.premultipliedPass(part, x).pix, "%s: premultiplied, %s %dx%d to %d", s, mode, src.W, src.H, out)
			}
		}
	}
}

// TestAlpha: all pairs of colour and alpha.
func TestAlpha(t *testing.T) {
	for _, mode := range []picture.Mode{picture.ModeLA, picture.ModeRGBA} {
		src := picture.New(mode, 256, 256)
		n := mode.Channels()
		for i := range src.Pix {
			src.Pix[i] = byte(i/n + i%n*3)
			if i%n == n-1 {
				src.Pix[i] = byte(i / n / 256)
			}
		}
		for _, s := range sets() {
			assert.Equal(t, premultipliedGo(src).Pix, s.premultiplied(viewOf(src, image.Rect(0, 0, 256, 256))).pix)
		}
		want := &picture.Picture{Mode: mode, W: 256, H: 256, Pix: slices.Clone(src.Pix)}
		unpremultiplyGo(want)
		src.Unpremultiply()
		assert.Equal(t, want.Pix, src.Pix)
	}
}

// TestCropFirst: computing only what the crop keeps changes none of it.
func TestCropFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		src := noise(r, []picture.Mode{picture.ModeRGB, picture.ModeRGBA}[r.IntN(2)], 1+r.IntN(80), 1+r.IntN(80))
		w, h := 1+r.IntN(60), 1+r.IntN(60)
		crop := image.Rect(r.IntN(w), r.IntN(h), 0, 0)
		crop.Max = image.Pt(crop.Min.X+1+r.IntN(w-crop.Min.X), crop.Min.Y+1+r.IntN(h-crop.Min.Y))
		whole := set(isa.Generic).resample(nil, src, bicubicKernel, w, h, image.Rect(0, 0, w, h), verticalFirst(src.W, src.H, w, h))
		for _, s := range sets() {
			assert.Equal(t, cut(nil, whole, crop).Pix, s.resample(nil, src, bicubicKernel, w, h, crop, verticalFirst(src.W, src.H, w, h)).Pix, "%s: %dx%d to %dx%d, %v", s, src.W, src.H, w, h, crop)
		}
	}
}

func TestVerticalFirst(t *testing.T) {
	for _, tt := range []struct {
		w, h, newW, newH int
		want             bool
	}{
		{640, 480, 298, 224, false}, {480, 640, 224, 298, false}, {300, 600, 224, 448, false}, // 152 rows are not more than twice 76 columns
		{300, 610, 224, 455, true}, {100, 400, 224, 896, false}, {300, 640, 600, 100, true},
	} {
		assert.Equal(t, tt.want, verticalFirst(tt.w, tt.h, tt.newW, tt.newH), "%+v", tt)
	}
}

func BenchmarkPillowBicubic(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, mode := range []picture.Mode{picture.ModeRGB, picture.ModeRGBA} {
		b.Run(string(mode), func(b *testing.B) {
			src, f := noise(r, mode, 2162, 762), PillowBicubic()
			w, h, crop := 224*src.W/src.H, 224, image.Rect(206, 0, 430, 224)
			for b.Loop() {
				if _, err := f.Resize(src, w, h, crop); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
