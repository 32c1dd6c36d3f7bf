package pipelines

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/bmp"

	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/testenv"
)

// Lossless WebP, 30x20, one colour, written by Pillow 13.
const (
	webpRGB  = "UklGRh4AAABXRUJQVlA4TBEAAAAvHcAEAAdQ5CrUo/+BiOh/AAA="
	webpRGBA = "UklGRh4AAABXRUJQVlA4TBEAAAAvHcAEEAdQ5CrUo4CBiOh/AAA="
)

// files makes a file of w x h pixels in each format and in each of its variants. The WebP file is always small.
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
	out := map[string][]byte{"png": p.Bytes(), "jpg": j.Bytes()}
	paletted := image.NewPaletted(im.Rect, palette.Plan9)
	draw.Draw(paletted, im.Rect, im, image.Point{}, draw.Src)
	two, wide := image.NewPaletted(im.Rect, color.Palette{color.Black, color.White}), image.NewGray16(im.Rect)
	draw.Draw(two, im.Rect, im, image.Point{}, draw.Src)
	draw.Draw(wide, im.Rect, im, image.Point{}, draw.Src)
	for name, encode := range map[string]func(io.Writer) error{
		"gif":       func(w io.Writer) error { return gif.Encode(w, im, nil) },
		"bmp 32":    func(w io.Writer) error { return bmp.Encode(w, im) },
		"bmp 8":     func(w io.Writer) error { return bmp.Encode(w, paletted) },
		"png P":     func(w io.Writer) error { return png.Encode(w, paletted) },
		"png 1 bit": func(w io.Writer) error { return png.Encode(w, two) },
		"png I;16":  func(w io.Writer) error { return png.Encode(w, wide) },
		"jpg large": func(w io.Writer) error { return jpeg.Encode(w, im, &jpeg.Options{Quality: 100}) },
	} {
		var b bytes.Buffer
		require.NoError(t, encode(&b))
		out[name] = b.Bytes()
	}
	for name, text := range map[string]string{"webp": webpRGB, "webp alpha": webpRGBA} {
		data, err := base64.StdEncoding.DecodeString(text)
		require.NoError(t, err)
		out[name] = data
	}
	return out
}

// TestNoAllocationsOfFiles: after warming up, no pipeline allocates memory for a picture, from the file to the tensor. Pipelines with Go's decoder are left
// out, because image.Decode allocates each picture.
func TestNoAllocationsOfFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector drops what is pooled")
	}
	testenv.Library(t, "webp")
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // garbage collection would empty the pools
	m := newMaker(t)
	for _, name := range Names() {
		p, err := m.Lookup(name, Options{})
		if errors.Is(err, machine.ErrUnavailable) {
			t.Log(name, err)
			continue
		}
		require.NoError(t, err)
		decoders := []decode.Decoder{p.Decoder}
		if name == "original_clip" {
			decoders = append(decoders, decode.Oriented{Decoder: p.Decoder})
		}
		dst := make([]float32, p.Len())
		for kind, data := range files(t, 320, 240) {
			for _, p.Decoder = range decoders {
				run := func() error { return p.Run(data, dst, nil) }
				if p.Decoder.Name() == "go-image" {
					pic, err := p.Decoder.Decode(data)
					require.NoError(t, err)
					run = func() error { return p.Transform.Apply(pic, dst, nil) }
				}
				if run() != nil && p.Decoder.Name() == "opencv" {
					continue // OpenCV before 4.11 cannot read GIF
				}
				assert.Zero(t, testing.AllocsPerRun(3, func() { require.NoError(t, run()) }), "%s %s %s", name, p.Decoder.Name(), kind)
			}
		}
	}
}
