package webp

import (
	"encoding/base64"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
)

func open(t testing.TB) *Library {
	lib, err := Open(testenv.Library(t, "webp"), testenv.Library(t, "webpdemux"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, lib.Close()) })
	return lib
}

// pixel is a lossless file of one half transparent pixel.
func pixel(t testing.TB) []byte {
	data, err := base64.StdEncoding.DecodeString("UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAEAdQ5CrUo4CBiOh/AAA=")
	require.NoError(t, err)
	return data
}

func anySize(int, int) error { return nil }

func TestDecode(t *testing.T) {
	im, err := open(t).Decode(pixel(t), nil, anySize)
	require.NoError(t, err)
	assert.Equal(t, Image{W: 1, H: 1, Alpha: true, Pix: []byte{10, 200, 30, 128}}, im)
}

func TestDecodeRefuses(t *testing.T) {
	lib, whole := open(t), pixel(t)
	for name, data := range map[string][]byte{
		"empty": nil, "text": []byte("no picture"), "half": whole[:len(whole)/2], "header only": whole[:20],
	} {
		_, err := lib.Decode(data, nil, anySize)
		assert.Error(t, err, name)
	}
	tooLarge := errors.New("too large")
	_, err := lib.Decode(whole, nil, func(int, int) error { return tooLarge })
	assert.ErrorIs(t, err, tooLarge)
	_, err = Open("gone.so", "gone.so")
	assert.ErrorContains(t, err, "gone.so")
}

func FuzzDecode(f *testing.F) {
	lib := open(f)
	f.Add(pixel(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		im, err := lib.Decode(data, nil, func(w, h int) error {
			if w > 1<<20/h {
				return errors.New("too large for this test")
			}
			return nil
		})
		if err == nil {
			assert.Len(t, im.Pix, 4*im.W*im.H)
		}
	})
}
