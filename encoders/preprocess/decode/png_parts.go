package decode

import (
	"errors"
	"io"

	"github.com/klauspost/compress/zlib"

	"github.com/fastclip/fastclip/encoders/preprocess/decode/raster"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// pngPart is how much of a chunk Pillow passes to zlib at once. An error after the last pixel counts only
// when zlib finds it in the same part as that pixel. Pillow never looks at later parts.
const pngPart = 1 << 16

// pngParts reads one chunk of pixels after the other.
type pngParts struct {
	chunks [][]byte
	at, in int // the chunk, and the position in it
	last   int // chunk of the last byte read
	lastIn int // position in that chunk
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

// before has the chunks up to the part that was read last, without that part.
func (r *pngParts) before() [][]byte {
	if len(r.chunks) == 0 {
		return nil
	}
	out := append([][]byte(nil), r.chunks[:r.last]...)
	return append(out, r.chunks[r.last][:r.lastIn/pngPart*pngPart])
}

// deflateMost is the largest number of bytes from one byte of deflate: 258 bytes take at least two bits.
const deflateMost = 1032

// errEarlyEnd is the error for a stream that ends properly, but before the last row.
var errEarlyEnd = errors.New("the stream ends early")

// slow decodes every kind of file, row by row. It accepts and rejects what Pillow does.
func (f *pngFile) slow(p *picture.Picture) error {
	if f.h*(f.w*f.bitsPerPixel()/8) > deflateMost*(f.compressedLen+1) {
		// Some rows must be missing. Allocate memory only if the stream ends properly.
		if err := f.rows(nil); err != nil {
			return err
		}
	}
	p.Grow(p.W * p.H * p.Mode.Channels())
	clear(p.Pix)
	return f.rows(p)
}

// rows reads all rows; p may be nil. A stream may end after any row, if its checksum is in the same part
// as the row's end. The remaining rows then stay black.
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
			err = nil // more pixels than needed, the end, or a stream that is cut off after the last row
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

// rest rejects a file that is cut off in a chunk after the one in which the pixels end.
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

// comeOutOf tells whether n bytes come out of these chunks alone.
func (f *pngFile) comeOutOf(chunks [][]byte, n int64) bool {
	r, err := zlib.NewReader(&pngParts{chunks: chunks})
	if err != nil {
		return false
	}
	_, err = io.CopyN(io.Discard, r, n)
	return err == nil
}
