package scenes

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSine(t *testing.T) {
	for a := -turn; a <= 2*turn; a++ {
		require.InDelta(t, math.Sin(2*math.Pi*float64(a)/turn)*one, sine(a), 1, "angle %d", a)
	}
}

// smooth is a picture that JPEG preserves well: a background and a soft disc.
func smooth(w, h int) *canvas {
	c := newCanvas(w, h, 3)
	for y := range h {
		for x := range w {
			p := c.pix[(y*w+x)*3:]
			p[0], p[1], p[2] = uint8(x*255/640), uint8(y*255/480), uint8(128+sine((x+y)*4)*100/one)
		}
	}
	return c
}

func TestJPEG(t *testing.T) {
	for _, s := range []sampling{s444, s422, s420} {
		for _, size := range [][2]int{{640, 480}, {560, 420}, {33, 17}, {1, 1}} {
			for quality, limit := range map[int]float64{60: 3.5, 95: 1.2} {
				t.Run(fmt.Sprint(s, size, quality), func(t *testing.T) {
					c := smooth(size[0], size[1])
					im, err := jpeg.Decode(bytes.NewReader(encodeJPEG(c, jpegOptions{quality: quality, sampling: s})))
					require.NoError(t, err)
					require.Equal(t, image.Rect(0, 0, c.w, c.h), im.Bounds())
					want := map[sampling]image.YCbCrSubsampleRatio{s444: image.YCbCrSubsampleRatio444, s422: image.YCbCrSubsampleRatio422, s420: image.YCbCrSubsampleRatio420}
					assert.Equal(t, want[s], im.(*image.YCbCr).SubsampleRatio)
					assert.Less(t, meanError(c, im), limit)
				})
			}
		}
	}
}

// meanError is the mean absolute difference per channel, in 255ths.
func meanError(c *canvas, im image.Image) float64 {
	sum := 0.0
	for i := range c.w * c.h {
		r, g, b, _ := im.At(i%c.w, i/c.w).RGBA()
		for k, v := range []uint32{r, g, b} {
			sum += math.Abs(float64(v>>8) - float64(c.pix[i*3+k]))
		}
	}
	return sum / float64(len(c.pix))
}

func TestJPEGHardBlocks(t *testing.T) {
	c := newCanvas(64, 64, 3)
	r := newRandom(1)
	for i := range c.pix {
		c.pix[i] = uint8(r.below(2) * 255) // gives long runs of large coefficients
	}
	im, err := jpeg.Decode(bytes.NewReader(encodeJPEG(c, jpegOptions{quality: 100, sampling: s444})))
	require.NoError(t, err)
	assert.Less(t, meanError(c, im), 2.0)
}

func TestJPEGOrientation(t *testing.T) {
	data := encodeJPEG(smooth(32, 32), jpegOptions{quality: 80, sampling: s420, orientation: 6})
	_, err := jpeg.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	assert.Equal(t, "Exif\x00\x00MM\x00*", string(data[6:16]))
	assert.Equal(t, []byte{1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6}, data[22:32])
}

func TestPNG(t *testing.T) {
	for _, channels := range []int{3, 4} {
		c := smooth(70, 41)
		c.background(newRandom(uint64(channels)))
		if channels == 4 {
			c = c.fade(newRandom(4))
		}
		data, sum, err := encodePNG(c)
		require.NoError(t, err)
		decoded, err := pixelSum(data)
		require.NoError(t, err)
		assert.Equal(t, decoded, sum)
		im, err := png.Decode(bytes.NewReader(data))
		require.NoError(t, err)
		for i := range c.w * c.h {
			want := color.NRGBA{c.pix[i*channels], c.pix[i*channels+1], c.pix[i*channels+2], 255}
			if channels == 4 {
				want.A = c.pix[i*4+3]
			}
			if got := color.NRGBAModel.Convert(im.At(i%c.w, i/c.w)); got != want {
				require.Equal(t, want, got, "pixel %d", i)
			}
		}
	}
}

// TestPixelSum: the sum depends on the pixels and not on their compression.
func TestPixelSum(t *testing.T) {
	for _, channels := range []int{3, 4} {
		c := smooth(70, 41)
		if channels == 4 {
			c = c.fade(newRandom(4))
		}
		sum := func() string {
			data, _, err := encodePNG(c)
			require.NoError(t, err)
			im, err := png.Decode(bytes.NewReader(data))
			require.NoError(t, err)
			sums := map[string]bool{}
			for _, level := range []png.CompressionLevel{png.NoCompression, png.BestSpeed, png.BestCompression} {
				var out bytes.Buffer
				require.NoError(t, (&png.Encoder{CompressionLevel: level}).Encode(&out, im))
				got, err := pixelSum(out.Bytes())
				require.NoError(t, err)
				sums[string(got)] = true
			}
			require.Len(t, sums, 1)
			for s := range sums {
				return s
			}
			return ""
		}
		before := sum()
		c.pix[len(c.pix)/2] ^= 1
		assert.NotEqual(t, before, sum())
	}
	_, err := pixelSum([]byte("no"))
	assert.Error(t, err)
}

func TestFadeIsUsed(t *testing.T) {
	for seed := range uint64(20) {
		c := smooth(96, 64).fade(newRandom(seed))
		low, high := uint8(255), uint8(0)
		for i := 3; i < len(c.pix); i += 4 {
			low, high = min(low, c.pix[i]), max(high, c.pix[i])
		}
		assert.Less(t, low, uint8(170))
		assert.Equal(t, uint8(255), high, "the middle is opaque")
	}
}

func TestPaste(t *testing.T) {
	im := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		im.SetNRGBA(i%16, i/16, color.NRGBA{200, 100, 50, 255})
		if i%16 >= 8 {
			im.SetNRGBA(i%16, i/16, color.NRGBA{0, 0, 255, 128})
		}
	}
	cut := newCutout(im, 0, 0, 16)
	for mirror, left := range map[bool]int{false: 20, true: 44} {
		c := newCanvas(64, 64, 3)
		s := spot{x: 32, y: 32, side: 32, wide: 32, mirror: mirror}
		s.box()
		c.paste(cut, s)
		at := func(x, y int) []byte { return c.pix[(y*64+x)*3:][:3] }
		assert.Equal(t, []byte{200, 100, 50}, at(left, 32), "opaque")
		assert.Equal(t, []byte{0, 0, 128}, at(64-left, 32), "half transparent over black")
		assert.Equal(t, []byte{0, 0, 0}, at(8, 8), "outside")
	}
}

func TestMix4(t *testing.T) {
	assert.Equal(t, uint32(0xffffffff), mix4(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 255, 1))
	assert.Equal(t, uint32(0x80808080), mix4(0, 0xffffffff, 0, 0xffffffff, 128, 77))
}

func TestOver255(t *testing.T) {
	for v := range uint32(255*255 + 1) {
		if want := (v*2 + 255) / 510; over255(v) != want { // faster than require
			require.Equal(t, want, over255(v), "%d", v)
		}
	}
}

// TestForwardDCT compares the transform with its definition (T.81, A.3.3).
func TestForwardDCT(t *testing.T) {
	r := newRandom(3)
	for range 50 {
		var b, in [64]int32
		for i := range b {
			b[i] = int32(r.between(-128, 127))
		}
		in = b
		forwardDCT(&b)
		for i := range b {
			want := 0.0
			for j := range in {
				want += float64(in[j]) * wave(j%8, i%8) * wave(j/8, i/8)
			}
			require.InDelta(t, 8*want, b[i], 3, "coefficient %d", i)
		}
	}
}

// wave is the value of basis function k at sample x.
func wave(x, k int) float64 {
	if k == 0 {
		return math.Sqrt(1. / 8)
	}
	return math.Cos(float64(2*x+1)*float64(k)*math.Pi/16) / 2
}
