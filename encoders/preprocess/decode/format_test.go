package decode

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCheckName(t *testing.T) {
	jpeg, png := []byte("\xff\xd8\xff\xe0"), []byte(pngSignature)
	for _, c := range []struct {
		name string
		data []byte
		lies string
	}{
		{"a.jpg", jpeg, ""},
		{"a.JPEG", jpeg, ""},
		{"a.png", jpeg, "named as a PNG file, but it is JPEG"},
		{"dir.png/a.webp", png, "named as a WebP file, but it is PNG"},
		{"a.gif", []byte("BM"), "named as a GIF file, but it is BMP"},
		{"a", jpeg, ""},
		{"a.tensor", jpeg, ""},
		{"a.png", []byte("no picture"), ""}, // which the decoder refuses
		{"a.bmp", nil, ""},
	} {
		if err := CheckName(c.name, c.data); c.lies == "" {
			assert.NoError(t, err, c.name)
		} else {
			assert.EqualError(t, err, c.lies, c.name)
		}
	}
}
