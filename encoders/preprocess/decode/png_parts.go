package decode

import (
	"errors"
	"io"

	"github.com/klauspost/compress/zlib"

	"github.com/fastclip/fastclip/encoders/preprocess/decode/raster"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// pngPart is how much of a chunk Pillow gives to zlib at once. What zlib finds wrong behind the last
// pixel counts if it lies in the same part as that, and is never looked at if it lies in a later one.
const pngPart = 1 << 16

// pngParts reads one chunk of pixels after the other.
type pngParts struct {
	chunks [][]byte
	at, in int // the chunk, and where in it
	last   int // the chunk of the byte that was read last
	lastIn int // where in it that was
}

// more finds the next byte that is there.
func (r *pngParts) more() error {
	for r.at < len(r.chunks) && r.in == len(r.chunks[r.at]) {
		r.at, r.in = r.at+1, 0
	}
	if r.at == len(r.chunks) {
		return io.EOF
	}
	return nil
}

// Read implements io.Reader.
func (r *pngParts) Read(to []byte) (int, error) {
	if len(to) == 0 {
		return 0, nil
	}
	if err := r.more(); err != nil {
		return 0, err
	}
	n := copy(to, r.chunks[r.at][r.in:])
	r.in += n
	r.last, r.lastIn = r.at, r.in-1
	return n, nil
}

// ReadByte implements io.ByteReader. Without it, flate would use a buffer and read more than it needs.
func (r *pngParts) ReadByte() (byte, error) {
	if err := r.more(); err != nil {
		return 0, err
	}
	b := r.chunks[r.at][r.in]
	r.last, r.lastIn = r.at, r.in
	r.in++
	return b, nil
}

// before is the chunks without the part that was read last and all behind it.
func (r *pngParts) before() [][]byte {
	if len(r.chunks) == 0 {
		return nil
	}
	out := append([][]byte(nil), r.chunks[:r.last]...)
	return append(out, r.chunks[r.last][:r.lastIn/pngPart*pngPart])
}

// deflateMost is what a byte of deflate can become: 258 bytes take two bits at least.
const deflateMost = 1032

// errEarlyEnd is a stream that ends well behind a row that is not the last one.
var errEarlyEnd = errors.New("the stream ends early")

// slow decodes every kind of file, row by row, and takes and refuses what Pillow does.
func (f *pngFile) slow(p *picture.Picture) error {
	if f.h*(f.w*f.bitsPerPixel()/8) > deflateMost*(f.compressedLen+1) {
		// All rows cannot be there. Memory is taken only if the stream ends well.
		if err := f.rows(nil); err != nil {
			return err
		}
	}
	p.Grow(p.W * p.H * p.Mode.Channels())
	clear(p.Pix)
	return f.rows(p)
}

// rows reads all rows, without a picture too. A stream may end behind any row, with the sum in the
// same part as that row's end; the others stay black then.
func (f *pngFile) rows(p *picture.Picture) error {
	if f.zlib != nil {
		return f.rowsByZlib(p)
	}
	m := &f.memory
	m.parts = pngParts{chunks: f.compressed}
	if err := m.restart(); err != nil {
		return endOf(err)
	}
	n, err := f.readRows(m.inflater, p)
	early := errors.Is(err, errEarlyEnd)
	if err != nil && !early {
		return endOf(err)
	}
	if !early {
		if _, err = m.inflater.Read(m.one[:]); err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = nil // more pixels than needed, the end, or a stream that is cut off behind the last one
		}
	}
	if err == nil {
		return f.rest()
	}
	if known := f.comeOutOf(m.parts.before(), n); known == early {
		return endOf(err)
	}
	return f.rest()
}

// rest refuses a file that is cut off in a chunk behind the one that the pixels end in.
func (f *pngFile) rest() error {
	if f.cut && f.memory.parts.last < len(f.compressed)-1 {
		return raster.ErrTruncated
	}
	return nil
}

// endOf is an inflater's error in words.
func endOf(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errEarlyEnd) {
		return raster.ErrTruncated
	}
	return err
}

// restart begins with the first part.
func (m *pngMemory) restart() (err error) {
	if again, ok := m.inflater.(zlib.Resetter); ok {
		return again.Reset(&m.parts, nil)
	}
	m.inflater, err = zlib.NewReader(&m.parts)
	return err
}

// comeOutOf is whether n bytes come out of these chunks alone.
func (f *pngFile) comeOutOf(chunks [][]byte, n int64) bool {
	r, err := zlib.NewReader(&pngParts{chunks: chunks})
	if err != nil {
		return false
	}
	_, err = io.CopyN(io.Discard, r, n)
	return err == nil
}
