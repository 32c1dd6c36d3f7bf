package resample

import (
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// inPlainGo is the way to RGB, stage by stage, in plain Go.
func inPlainGo(src *picture.Picture, c picture.Colour, k *kernel, w, h int, crop image.Rectangle, downFirst bool) *picture.Picture {
	p := Convert(nil, c, src, src.Bounds())
	if p.Mode.HasAlpha() {
		p = premultipliedGo(p)
	}
	n, pix := p.Mode.Channels(), p.Pix
	x, y := k.coefficients(nil, src.W, w, 0, w), k.coefficients(nil, src.H, h, 0, h)
	if w == src.W {
		x = same(nil, w)
	}
	if h == src.H {
		y = same(nil, h)
	}
	out := picture.New(p.Mode, w, h)
	if downFirst {
		down := make([]byte, src.W*h*n)
		verticalGo(down, pix, src.W*n, y)
		horizontalGo(out.Pix, down, src.W, n, x, h)
	} else {
		across := make([]byte, w*src.H*n)
		horizontalGo(across, pix, src.W, n, x, src.H)
		verticalGo(out.Pix, across, w*n, y)
	}
	if p.Mode.HasAlpha() {
		unpremultiplyGo(out)
	}
	return cut(nil, out, crop).RGB()
}

// drawn is noise, but that alpha is mostly all or nothing, as in real pictures.
func drawn(r *rand.Rand, mode picture.Mode, w, h int) *picture.Picture {
	p := noise(r, mode, w, h)
	if n := mode.Channels(); mode.HasAlpha() && r.IntN(2) == 0 {
		for i := n - 1; i < len(p.Pix); i += n {
			if v := p.Pix[i]; v > 9 {
				p.Pix[i] = byte(255 * (i / n / 40 % 2))
			}
		}
	}
	return p
}

// equalBytes names the first difference alone.
func equalBytes(t *testing.T, want, got []byte, name string) {
	t.Helper()
	require.Len(t, got, len(want), name)
	for i, v := range want {
		if got[i] != v {
			require.Failf(t, "not equal", "%s: byte %d of %d is %d, want %d", name, i, len(want), got[i], v)
		}
	}
}

// TestFusedEqualsGo: every set's one pass gives the bytes of the stages in plain Go.
func TestFusedEqualsGo(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	done := map[string]int{}
	for range 1500 {
		mode := []picture.Mode{picture.ModeRGB, picture.ModeRGBA, picture.ModeL, picture.ModeLA, picture.ModeCMYK}[r.IntN(5)]
		colour := []picture.Colour{picture.ColourMode, picture.ColourRGB, picture.ColourGrey}[r.IntN(3)]
		k := []*kernel{bicubicKernel, bilinearKernel}[r.IntN(2)]
		most := []int{8, 60, 250, 600}[r.IntN(4)]
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
		downFirst := r.IntN(3) == 0
		var want *picture.Picture
		for _, s := range sets() {
			got := s.resampleRGB(nil, src, colour, k, w, h, crop, downFirst)
			if got == nil {
				continue
			}
			if want == nil {
				want = inPlainGo(src, colour, k, w, h, crop, downFirst)
			}
			name := fmt.Sprintf("%s: %s as %s, %s %dx%d to %dx%d, %v, down first: %t", s, mode, colour, k.name, src.W, src.H, w, h, crop, downFirst)
			equalBytes(t, want.Pix, got.RGB().Pix, name)
			done[fmt.Sprint(s, " ", mode, " ", colour)]++
			if downFirst {
				done[fmt.Sprint(s, " ", mode, " down first")]++
			}
		}
	}
	for _, s := range sets()[1:] {
		for _, kind := range []string{"RGB mode", "RGBA mode", "RGBA rgb", "L mode", "L grey", "LA mode", "LA grey", "CMYK mode", "CMYK rgb"} {
			assert.Greater(t, done[fmt.Sprint(s, " ", kind)], 50, "%s %s", s, kind)
		}
		for _, mode := range []string{"RGB", "RGBA", "L", "LA", "CMYK"} {
			assert.Greater(t, done[fmt.Sprint(s, " ", mode, " down first")], 20, "%s %s", s, mode)
		}
	}
}

// TestUnpremultiplies: every value with every alpha, by a resize that changes nothing else.
func TestUnpremultiplies(t *testing.T) {
	src := picture.New(picture.ModeRGBA, 256, 256)
	for i := range 256 * 256 {
		v := byte(i % 256)
		copy(src.Pix[4*i:], []byte{v, 255 - v, v / 2, byte(i / 256)})
	}
	whole := src.Bounds()
	want := inPlainGo(src, picture.ColourMode, bicubicKernel, 256, 256, whole, false)
	for _, s := range sets()[1:] {
		got := s.resampleRGB(nil, src, picture.ColourMode, bicubicKernel, 256, 256, whole, false)
		equalBytes(t, want.Pix, got.Pix, s.String())
	}
}

// TestWeightsOfManySizes: those that a scratch keeps are of the size that is asked for.
func TestWeightsOfManySizes(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	filters := map[set]PillowFilter{}
	for _, s := range sets()[1:] {
		f := PillowBicubic()
		f.set = s
		filters[s] = f
	}
	sides := []int{61, 80, 90, 101, 150, 200, 201, 225, 300, 301, 302}
	for range 200 {
		size := [2]int{sides[r.IntN(3)], sides[r.IntN(len(sides))]} // fewer widths than heights
		if r.IntN(2) == 0 {
			size[0], size[1] = size[1], size[0]
		}
		src := drawn(r, picture.ModeRGBA, size[0], size[1])
		w, h := 60, 60
		if r.IntN(2) == 0 { // keeps the aspect ratio
			w, h = max(60, 60*src.W/src.H), max(60, 60*src.H/src.W)
		}
		crop := image.Rect((w-50)/2, (h-50)/2, (w-50)/2+50, (h-50)/2+50)
		want := inPlainGo(src, picture.ColourMode, bicubicKernel, w, h, crop, verticalFirst(src.W, src.H, w, h)).Pix
		for s, f := range filters {
			mem := f.Scratch()
			equalBytes(t, want, f.ResizeRGB(mem, src, picture.ColourMode, w, h, crop).Pix, fmt.Sprint(s, size))
			mem.Release()
		}
	}
}

// TestNormalise: every set looks up the table's values, whatever the number of pixels.
func TestNormalise(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	var table [3][256]float32
	for i := range 3 * 256 {
		table[i/256][i%256] = r.Float32()
	}
	for _, pixels := range []int{1, 3, 63, 64, 65, 1000, 50176} {
		rgb := noise(r, picture.ModeRGB, pixels, 1).Pix
		for _, s := range sets() {
			got := make([]float32, 3*pixels)
			s.normalise(got, rgb, &table)
			for i, v := range rgb {
				require.Equal(t, table[i%3][v], got[i%3*pixels+i/3], "%s: pixel %d of %d", s, i/3, pixels)
			}
		}
	}
}
