package decode

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestOutline: pictures that decoders treat in other ways have other outlines; what is no picture has one too.
func TestOutline(t *testing.T) {
	seen := map[string]string{}
	for name, data := range map[string][]byte{
		"rgb": smallPNG(8, 2, 0), "rgba": smallPNG(8, 6, 0), "palette": smallPNG(8, 3, 0), "16 bits": smallPNG(16, 2, 0), "grey": smallPNG(8, 0, 0),
		"wide": pngOf(90, 10, 8, 2, 0, nil), "tall": pngOf(10, 90, 8, 2, 0, nil), "not square": pngOf(12, 10, 8, 2, 0, nil), "nothing": nil, "GIF": []byte("GIF89a"),
	} {
		look := Outline(data)
		assert.Empty(t, seen[look], "%s and %s: %s", name, seen[look], look)
		seen[look] = name
	}
	plain := smallPNG(8, 2, 0)
	clear := append(append(append([]byte{}, plain[:33]...), chunk("tRNS", []byte{0, 0, 0, 0, 0, 0})...), plain[33:]...)
	assert.NotEqual(t, Outline(plain), Outline(clear))
}

func FuzzOutline(f *testing.F) {
	f.Add(smallPNG(8, 2, 0))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*"))
	f.Add([]byte("RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x01\x00\x00\x01\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		assert.Equal(t, Outline(data), Outline(data))
	})
}
