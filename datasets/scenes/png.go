package scenes

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/zlib"
)

// encodePNG writes 8-bit RGB or RGBA. The deflate library's version is pinned, so the bytes
// are too; the standard library's may change with Go.
func encodePNG(c *canvas) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\x89PNG\r\n\x1a\n")
	header := binary.BigEndian.AppendUint32(nil, uint32(c.w))
	header = binary.BigEndian.AppendUint32(header, uint32(c.h))
	colour := byte(2)
	if c.channels == 4 {
		colour = 6
	}
	chunk(&out, "IHDR", append(header, 8, colour, 0, 0, 0))
	data, err := c.deflate()
	if err != nil {
		return nil, fmt.Errorf("png: %w", err)
	}
	chunk(&out, "IDAT", data)
	chunk(&out, "IEND", nil)
	return out.Bytes(), nil
}

func chunk(out *bytes.Buffer, kind string, data []byte) {
	out.Write(binary.BigEndian.AppendUint32(nil, uint32(len(data))))
	sum := crc32.NewIEEE()
	sum.Write([]byte(kind))
	sum.Write(data)
	out.WriteString(kind)
	out.Write(data)
	out.Write(sum.Sum(nil))
}

func (c *canvas) deflate() ([]byte, error) {
	var out bytes.Buffer
	z, err := zlib.NewWriterLevel(&out, 2)
	if err != nil {
		return nil, err
	}
	stride := c.w * c.channels
	above, sub, up := make([]byte, stride), make([]byte, 1+stride), make([]byte, 1+stride)
	sub[0], up[0] = 1, 2 // the filter types
	for y := range c.h {
		row := c.pix[y*stride : (y+1)*stride]
		filtered := sub
		if filter(row, above, c.channels, sub[1:], up[1:]) {
			filtered = up
		}
		if _, err := z.Write(filtered); err != nil {
			return nil, err
		}
		above = row
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// filter writes the differences from the left and from above, and tells whether those from
// above are smaller.
func filter(row, above []byte, channels int, sub, up []byte) bool {
	balance := 0
	for i, v := range row {
		left := byte(0)
		if i >= channels {
			left = row[i-channels]
		}
		a, b := v-left, v-above[i]
		sub[i], up[i] = a, b
		balance += magnitude(a) - magnitude(b)
	}
	return balance >= 0
}

func magnitude(v byte) int {
	d := int(int8(v))
	return max(d, -d)
}
