package preprocess

import (
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/encoders/preprocess/resample"
	"github.com/fastclip/fastclip/internal/isa"
)

// noise is a picture of any mode.
func noise(r *rand.Rand, mode picture.Mode, w, h int) *picture.Picture {
	p := picture.New(mode, w, h)
	for i := range p.Pix {
		p.Pix[i] = byte(r.Uint32())
	}
	return p
}

func TestGeometry(t *testing.T) {
	for _, tt := range []struct {
		w, h       int
		newW, newH int
		crop       image.Rectangle
	}{
		{640, 480, 298, 224, image.Rect(37, 0, 261, 224)},
		{480, 640, 224, 298, image.Rect(0, 37, 224, 261)},
		{225, 224, 225, 224, image.Rect(0, 0, 224, 224)}, // half a pixel: to even
		{227, 224, 227, 224, image.Rect(2, 0, 226, 224)},
		{1, 1, 224, 224, image.Rect(0, 0, 224, 224)},
	} {
		w, h, crop := ShortSideCrop.plan(tt.w, tt.h, 224, 224)
		assert.Equal(t, []any{tt.newW, tt.newH, tt.crop}, []any{w, h, crop}, "%dx%d", tt.w, tt.h)
	}
	w, h, crop := Squash.plan(640, 480, 224, 224)
	assert.Equal(t, []any{224, 224, image.Rect(0, 0, 224, 224)}, []any{w, h, crop})
}

// TestGeometryOfModels: a resize that is larger than the crop, bars, and bars of odd sums.
func TestGeometryOfModels(t *testing.T) {
	for _, tt := range []struct {
		g                  Geometry
		w, h, resize, size int
		newW, newH         int
		crop               image.Rectangle
	}{
		{ShortSideCrop, 640, 480, 256, 224, 341, 256, image.Rect(58, 16, 282, 240)}, // 58.5: to even
		{ShortSideCropDown, 640, 480, 256, 224, 341, 256, image.Rect(58, 16, 282, 240)},
		{ShortSideCrop, 644, 480, 256, 224, 343, 256, image.Rect(60, 16, 284, 240)}, // 59.5
		{ShortSideCropDown, 644, 480, 256, 224, 343, 256, image.Rect(59, 16, 283, 240)},
		{Squash, 640, 480, 256, 224, 256, 256, image.Rect(16, 16, 240, 240)},
		{LongSideFill, 640, 480, 224, 224, 224, 168, image.Rect(0, -28, 224, 196)},
		{LongSideFill, 480, 642, 224, 224, 167, 224, image.Rect(-28, 0, 196, 224)}, // 28 before, 29 after
		{LongSideFill, 3, 1000, 224, 224, 1, 224, image.Rect(-111, 0, 113, 224)},
		{LongSideFill, 5, 5, 224, 224, 224, 224, image.Rect(0, 0, 224, 224)},
	} {
		w, h, crop := tt.g.plan(tt.w, tt.h, tt.resize, tt.size)
		assert.Equal(t, []any{tt.newW, tt.newH, tt.crop}, []any{w, h, crop}, "%s %dx%d", tt.g, tt.w, tt.h)
	}
}

// TestBars: two grey pixels side by side, of which the lower and the upper part are bars.
func TestBars(t *testing.T) {
	tr := Transform{Geometry: LongSideFill, Filter: resample.PillowBicubic(), Normalise: NewNormalise([3]float32{}, [3]float32{1, 1, 1}), Size: 2, Fill: 255}
	dst := make([]float32, 12)
	require.NoError(t, tr.Apply(&picture.Picture{Mode: picture.ModeL, W: 2, H: 1, Pix: []byte{0, 51}}, dst, nil))
	assert.Equal(t, []float32{0, 0.2, 1, 1}, dst[:4])
	assert.ErrorContains(t, tr.Apply(&picture.Picture{Mode: picture.ModeL, W: 9, H: 1, Pix: make([]byte, 9)}, dst, nil), "would become 2x0")
}

// TestFloatTap: a tap sees what a floatFilter made, rounded and clipped, and the tensor has it
// unrounded.
func TestFloatTap(t *testing.T) {
	tr := Transform{Colour: picture.ColourRGB, Geometry: Squash, Filter: resample.TorchFilter{}, Normalise: NewNormalise([3]float32{}, [3]float32{1, 1, 1}), Size: 4}
	src := picture.New(picture.ModeRGB, 8, 8)
	copy(src.Pix[len(src.Pix)/2:], noise(rand.New(rand.NewPCG(1, 1)), picture.ModeRGB, 8, 4).Pix)
	dst, seen := make([]float32, 48), &picture.Picture{}
	require.NoError(t, tr.Apply(src, dst, func(stage string, p *picture.Picture) {
		if stage == StageResize {
			seen = p
		}
	}))
	unrounded := false
	for i := range 16 {
		for c := range 3 {
			v := dst[16*c+i] * 255
			assert.InDelta(t, min(max(v, 0), 255), float32(seen.Pix[3*i+c]), 0.5001)
			unrounded = unrounded || v != float32(int(v))
		}
	}
	assert.True(t, unrounded)
}

// BenchmarkApply is the way from the decoded picture to the tensor.
func BenchmarkApply(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, size := range [][2]int{{2162, 762}, {640, 425}} {
		for _, mode := range []picture.Mode{picture.ModeRGBA, picture.ModeRGB} {
			for _, colour := range []picture.Colour{picture.ColourMode, picture.ColourRGB, picture.ColourGrey} {
				for _, s := range isa.Names() {
					b.Run(fmt.Sprint(size[0], "x", size[1], "/", mode, "/", colour, "/", s), func(b *testing.B) {
						src := noise(r, mode, size[0], size[1])
						f, err := resample.PillowBicubic().On(s)
						require.NoError(b, err)
						tr := Transform{Colour: colour, Geometry: ShortSideCrop, Filter: f, Normalise: CLIPNormalise(), Size: 224}
						dst := make([]float32, 3*224*224)
						for b.Loop() {
							if err := tr.Apply(src, dst, nil); err != nil {
								b.Fatal(err)
							}
						}
					})
				}
			}
		}
	}
}
