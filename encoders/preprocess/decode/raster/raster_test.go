package raster

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

func file(t testing.TB, encoded string) []byte {
	data, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	return data
}

// Small files that Pillow wrote: red, green and blue over blue, red and green.
const (
	smallGIF = "R0lGODdhAwACAIEAAAD/AP8AAAAA/wAAACwAAAAAAwACAAAICAADABAgQGBAADs="
	smallBMP = "Qk1OAAAAAAAAADYAAAAoAAAAAwAAAAIAAAABABgAAAAAABgAAADEDgAAxA4AAAAAAAAAAAAA/wAAAAD/AP8AAAAAAAD/AP8A/wAAAAAA"
)

func TestSmallFiles(t *testing.T) {
	want := []byte{255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 255, 255, 0, 0, 0, 255, 0}
	p, err := gifPicture(file(t, smallGIF))
	require.NoError(t, err)
	assert.Equal(t, []any{picture.ModeP, 3, 2, want}, []any{p.Mode, p.W, p.H, p.RGB().Pix})
	p, err = bmpPicture(file(t, smallBMP))
	require.NoError(t, err)
	assert.Equal(t, []any{picture.ModeRGB, 3, 2, want}, []any{p.Mode, p.W, p.H, p.Pix})
}

// TestTruncated: no file that is cut off anywhere before its last pixel is taken for a whole one.
func TestTruncated(t *testing.T) {
	gif, bmp := file(t, smallGIF), file(t, smallBMP)
	for n := range len(gif) - 2 { // the end of the blocks and of the file carry no pixels
		_, err := gifPicture(gif[:n])
		assert.Error(t, err, n)
	}
	for n := range len(bmp) - 3 { // nor does the padding
		_, err := bmpPicture(bmp[:n])
		assert.Error(t, err, n)
	}
}

func FuzzDecodeGIF(f *testing.F) {
	f.Add(file(f, smallGIF))
	f.Fuzz(func(t *testing.T, data []byte) {
		if g, err := gifHeader(data); err != nil || g.w > 1<<18/g.h {
			return
		}
		if p, err := gifPicture(data); err == nil {
			assert.Len(t, p.RGB().Pix, p.W*p.H*3)
		}
	})
}

func FuzzDecodeBMP(f *testing.F) {
	f.Add(file(f, smallBMP))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := bmpHeaderOf(data); err != nil || h.w < 1 || h.h < 1 || h.w > 1<<18/h.h {
			return
		}
		if p, err := bmpPicture(data); err == nil {
			assert.Len(t, p.RGB().Pix, p.W*p.H*3)
		}
	})
}

func gifPicture(data []byte) (*picture.Picture, error) {
	p := &picture.Picture{}
	return p, GIF(data, p, &LZW{})
}

func bmpPicture(data []byte) (*picture.Picture, error) {
	p := &picture.Picture{}
	return p, BMP(data, p)
}

func gifHeader(data []byte) (f gifFrame, err error) {
	err = f.read(data)
	return f, err
}

func bmpHeaderOf(data []byte) (h bmpHeader, err error) {
	err = h.read(data)
	return h, err
}
