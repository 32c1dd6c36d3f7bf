package jpeg

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/native"
)

func open(t testing.TB) *Library {
	path, err := native.Find("jpeg")
	if err != nil {
		t.Skip(err)
	}
	lib, err := Open(path)
	require.NoError(t, err)
	return lib
}

func sample(t testing.TB, w, h int) []byte {
	im := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			im.SetRGBA(x, y, color.RGBA{uint8(x * 7), uint8(y * 5), uint8(x + y), 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, im, nil))
	return b.Bytes()
}

func anySize(int, int) error { return nil }

func TestDecode(t *testing.T) {
	lib := open(t)
	im, err := lib.Decode(sample(t, 37, 21), nil, anySize)
	require.NoError(t, err)
	assert.Equal(t, []int{37, 21, 3, 37 * 21 * 3}, []int{im.W, im.H, im.Channels, len(im.Pix)})
}

func TestDecodeRefuses(t *testing.T) {
	lib := open(t)
	whole := sample(t, 64, 64)
	for name, data := range map[string][]byte{
		"empty": nil, "text": []byte("no picture"), "half": whole[:len(whole)/2], "header only": whole[:100],
	} {
		_, err := lib.Decode(data, nil, anySize)
		assert.Error(t, err, name)
	}
	tooLarge := errors.New("too large")
	_, err := lib.Decode(whole, nil, func(int, int) error { return tooLarge })
	assert.ErrorIs(t, err, tooLarge)
}

func FuzzDecode(f *testing.F) {
	lib := open(f)
	f.Add(sample(f, 16, 9))
	f.Fuzz(func(t *testing.T, data []byte) {
		im, err := lib.Decode(data, nil, func(w, h int) error {
			if w > 1<<20/h {
				return errors.New("too large for this test")
			}
			return nil
		})
		if err == nil {
			assert.Len(t, im.Pix, im.W*im.H*im.Channels)
		}
	})
}
