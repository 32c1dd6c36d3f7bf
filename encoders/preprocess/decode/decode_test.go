package decode

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

// Small files that Pillow wrote.
const (
	smallGIF = "R0lGODdhAwACAIEAAAD/AP8AAAAA/wAAACwAAAAAAwACAAAICAADABAgQGBAADs="
	smallBMP = "Qk1OAAAAAAAAADYAAAAoAAAAAwAAAAIAAAABABgAAAAAABgAAADEDgAAxA4AAAAAAAAAAAAA/wAAAAD/AP8AAAAAAAD/AP8A/wAAAAAA"
)

// FuzzDecodePNG corrects the checksums of its input, because random input never has the right ones.
func FuzzDecodePNG(f *testing.F) {
	for _, colour := range []byte{0, 2, 3, 4, 6} {
		f.Add(smallPNG(8, colour, 0))
		f.Add(smallPNG(8, colour, 1))
	}
	f.Add(smallPNG(1, 0, 1))
	f.Add(smallPNG(16, 0, 0))
	zlib := systemZlib(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		data = mendSums(data)
		if len(data) < len(pngSignature) {
			return
		}
		f := &pngFile{zlib: zlib}
		chunks := pngChunks{rest: data[len(pngSignature):]}
		if f.before(&chunks) != nil || f.check() != nil || f.w > 1<<18/f.h {
			return
		}
		p := &picture.Picture{}
		if decodePNG(data, p, nil, zlib) != nil {
			return
		}
		assert.Len(t, p.RGB().Pix, p.W*p.H*3)
		require.NoError(t, f.pixelChunks(&chunks))
		slow := &picture.Picture{Mode: f.mode, W: f.w, H: f.h, Palette: f.palette}
		if f.framed {
			return
		}
		require.NoError(t, f.slow(slow), "what the fast way takes, the other one takes too")
		assert.Equal(t, slow.Pix, p.Pix)
	})
}
