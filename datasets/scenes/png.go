package scenes

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"image/png"
)

// encodePNG writes 8-bit RGB or RGBA, and returns a hash of the pixels. Its bytes may change with Go; the pixels do not.
func encodePNG(c *canvas) (data, sum []byte, err error) {
	im := &image.NRGBA{Pix: c.pix, Stride: c.w * 4, Rect: image.Rect(0, 0, c.w, c.h)}
	if c.channels == 3 {
		im.Pix = make([]byte, c.w*c.h*4)
		for i := range c.w * c.h {
			copy(im.Pix[i*4:], c.pix[i*3:i*3+3])
			im.Pix[i*4+3] = 255
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, im); err != nil {
		return nil, nil, err
	}
	return out.Bytes(), sumOf(im), nil
}

// pixelSum is a hash of a PNG's pixels, which does not depend on the compression.
func pixelSum(data []byte) ([]byte, error) {
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("compute the hash of the pixels: %w", err)
	}
	im, ok := decoded.(*image.NRGBA)
	if !ok { // image/png has another type for pictures without alpha
		im = image.NewNRGBA(decoded.Bounds())
		draw.Draw(im, im.Rect, decoded, im.Rect.Min, draw.Src)
	}
	return sumOf(im), nil
}

func sumOf(im *image.NRGBA) []byte {
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(im.Rect.Dx())))
	h.Write(im.Pix)
	return h.Sum(nil)
}

// jpegSum is a hash of a JPEG's bytes. They come from this package alone, while its pixels depend on the decoder.
func jpegSum(data []byte) ([]byte, error) {
	sum := sha256.Sum256(data)
	return sum[:], nil
}
