package pipelines

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// files are a PNG and a JPEG file of w x h.
func files(t testing.TB, w, h int) map[string][]byte {
	im := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			im.SetNRGBA(x, y, color.NRGBA{uint8(x * 3), uint8(y * 5), uint8(x * y), uint8(255 - x/90)})
		}
	}
	var p, j bytes.Buffer
	require.NoError(t, png.Encode(&p, im))
	require.NoError(t, jpeg.Encode(&j, im, nil))
	return map[string][]byte{"png": p.Bytes(), "jpg": j.Bytes()}
}

// TestNoAllocationsOfFiles: none a picture in steady state, from the file to the tensor.
func TestNoAllocationsOfFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector drops what is pooled")
	}
	m := newMaker(t)
	for _, name := range []string{"original_clip", "rgb_conversion", "grey_conversion"} {
		p := lookup(t, m, name)
		dst := make([]float32, p.Len())
		for kind, data := range files(t, 320, 240) {
			assert.Zero(t, testing.AllocsPerRun(20, func() { require.NoError(t, p.Run(data, dst, nil)) }), "%s %s", name, kind)
		}
	}
}
