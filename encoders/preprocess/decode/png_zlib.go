package decode

import (
	"errors"

	"github.com/fastclip/fastclip/encoders/preprocess/decode/inflate"
	"github.com/fastclip/fastclip/encoders/preprocess/decode/raster"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// zlibParts reads pixels from their chunks as Pillow does. zlib gets at most a pngPart of a chunk at a
// time, and room for what a row lacks. It is called again only while some of the part is left, even if it
// holds back pixels. So Pillow may see a complete file as cut off.
type zlibParts struct {
	stream *inflate.Stream
	chunks [][]byte
	at     int    // the chunk behind that of part
	rest   []byte // of the chunk, behind part
	part   []byte
	ended  bool // the stream has
	whole  bool // the last request came in full
}

// Read implements io.Reader. Each call has to ask for all that a row still needs.
func (z *zlibParts) Read(to []byte) (int, error) {
	switch {
	case z.ended && z.whole:
		return 0, errEarlyEnd
	case z.ended, !z.more():
		return 0, raster.ErrTruncated
	}
	wrote, took, ended, err := z.stream.Inflate(to, z.part)
	if err != nil {
		return 0, err // also when the row is whole
	}
	z.part, z.ended, z.whole = z.part[took:], ended, wrote == len(to)
	return wrote, nil
}

// more finds the next part that is not empty.
func (z *zlibParts) more() bool {
	for len(z.part) == 0 {
		if len(z.rest) == 0 {
			if z.at == len(z.chunks) {
				return false
			}
			z.rest, z.at = z.chunks[z.at], z.at+1
		}
		n := min(len(z.rest), pngPart)
		z.part, z.rest = z.rest[:n], z.rest[n:]
	}
	return true
}

// rowsByZlib is rows where the system's zlib is here.
func (f *pngFile) rowsByZlib(p *picture.Picture) error {
	stream, err := f.zlib.Stream()
	if err != nil {
		return err
	}
	defer stream.Close()
	r := &f.memory.zlibParts
	*r = zlibParts{stream: stream, chunks: f.compressed}
	if _, err := f.readRows(r, p); err != nil && !errors.Is(err, errEarlyEnd) {
		return err
	}
	f.memory.parts.last = r.at - 1
	return f.rest()
}
