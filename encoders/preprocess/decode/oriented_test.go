package decode

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// TestTurned: the letters' places for every orientation, drawn by hand.
func TestTurned(t *testing.T) {
	for orientation, want := range []string{
		"ab\ncd\nef", "ab\ncd\nef", "ba\ndc\nfe", "fe\ndc\nba", "ef\ncd\nab", "ace\nbdf", "eca\nfdb", "fdb\neca", "bdf\nace", "ab\ncd\nef",
	} {
		p := &picture.Picture{}
		orientInto(p, &picture.Picture{Mode: picture.ModeL, W: 2, H: 3, Pix: []byte("abcdef")}, orientation)
		got := ""
		for y := range p.H {
			if y > 0 {
				got += "\n"
			}
			got += string(p.Row(y))
		}
		assert.Equal(t, want, got, "orientation %d", orientation)
	}
}

// TestExifOrientation on directories of one entry: tag, type, count, value.
func TestExifOrientation(t *testing.T) {
	const little, big = "II*\x00\x08\x00\x00\x00\x01\x00", "MM\x00*\x00\x00\x00\x08\x00\x01"
	for exif, want := range map[string]int{
		"": 0, "Exif\x00\x00": 0,
		"Exif\x00\x00" + little + "\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00":          6,
		"Exif\x00\x00Exif\x00\x00" + big + "\x01\x12\x00\x03\x00\x00\x00\x01\x00\x08\x00\x00": 8,
		big + "\x01\x12\x00\x04\x00\x00\x00\x01\x00\x00\x00\x03":                              3,
		big + "\x01\x12\x00\x01\x00\x00\x00\x01\x06\x00\x00\x00":                              0, // bytes are no number
		big + "\x01\x12\x00\x03\x00\x00\x00\x03\x00\x00\x00\x16\x00\x05\x00\x01\x00\x01":      5, // the first of three, after the directory
		big + "\x01\x12\x00\x03\xff\xff\xff\xff\xff\xff\xff\xff":                              0, // more than there is
		big + "\x01\x13\x00\x03\x00\x00\x00\x01\x00\x08\x00\x00":                              0,
		big + "\x01\x12\x00\x03\x00\x00":                                                      0,
		"MM\x00*\xff\xff\xff\xff":                                                             0,
	} {
		got, err := metadata{exif: []byte(exif)}.orientation()
		require.NoError(t, err, "%q", exif)
		assert.Equal(t, want, got, "%q", exif)
	}
	_, err := metadata{exif: []byte("no TIFF file")}.orientation()
	assert.ErrorContains(t, err, "not a TIFF header")
	got, err := metadata{exif: []byte("no TIFF file"), forgiving: true}.orientation()
	assert.Equal(t, []any{0, nil}, []any{got, err})
	got, err = metadata{xmp: []byte(`<x tiff:Orientation="7"/>`)}.orientation()
	assert.Equal(t, []any{7, nil}, []any{got, err})
}

func FuzzOrientation(f *testing.F) {
	f.Add([]byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"))
	f.Add(append(smallPNG(8, 2, 0), chunk("zTXt", []byte(pngRawProfile+"\x00\x00x"))...))
	f.Add(headers(3, 3)["webp"])
	f.Add(headers(3, 3)["jpeg"])
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = metadata{exif: data}.orientation()
		if m, err := readMetadata(data); err == nil {
			_, _ = m.orientation()
		}
	})
}
