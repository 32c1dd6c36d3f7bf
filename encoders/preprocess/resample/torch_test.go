package resample

import (
	"image"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// TestTorchFilters: the same as Pillow but for rounding, on pictures of any shape; the values
// themselves are compared with torch's in encoders/pipelines.
func TestTorchFilters(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 60 {
		src := noise(r, picture.ModeRGB, 1+r.IntN(80), 1+r.IntN(80))
		w, h := 1+r.IntN(60), 1+r.IntN(60)
		crop := image.Rect(r.IntN(w), r.IntN(h), 0, 0)
		crop.Max = image.Pt(crop.Min.X+1+r.IntN(w-crop.Min.X), crop.Min.Y+1+r.IntN(h-crop.Min.Y))
		want, err := PillowBicubic().Resize(src, w, h, crop)
		require.NoError(t, err)
		for name, f := range map[string]interface {
			Resize(src *picture.Picture, w, h int, crop image.Rectangle) (*picture.Picture, error)
		}{"float": TorchFilter{}, "uint8": TorchByteFilter{}} {
			got, err := f.Resize(src, w, h, crop)
			require.NoError(t, err)
			require.Equal(t, len(want.Pix), len(got.Pix))
			sum := 0
			for i := range want.Pix {
				d := int(want.Pix[i]) - int(got.Pix[i])
				sum += max(d, -d)
			}
			// Noise overshoots, and 8 bits between the passes clip that; a float does not.
			assert.LessOrEqual(t, float64(sum)/float64(len(want.Pix)), 4.0, "%s: %dx%d to %dx%d", name, src.W, src.H, w, h)
		}
	}
}
