package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/zlib"

	"github.com/fastclip/fastclip/encoders/preprocess/decode/inflate"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngHeader is a PNG file's IHDR.
type pngHeader struct {
	w, h          int
	depth, colour byte
	interlaced    bool
	palette       [256][3]byte
	compressed    [][]byte // the IDAT chunks
	compressedLen int
	mode          picture.Mode
	samples       int // channels as stored
	bitsPerPixel  int
	filterBytes   int
	widenBy       int // what a 1, 2 or 4 bit grey sample is multiplied by
	seenPalette   bool

	memory pngMemory
}

// pngMemory is kept for the next file.
type pngMemory struct {
	joined, zeros []byte        // of fast
	lines         []byte        // of slow: two, and a byte for the filter
	inflater      io.ReadCloser // of slow, which reads parts
	parts         partsReader
}

// partsReader reads one part after the other.
type partsReader struct{ rest [][]byte }

func (r *partsReader) skipEmpty() error {
	for len(r.rest) > 0 && len(r.rest[0]) == 0 {
		r.rest = r.rest[1:]
	}
	if len(r.rest) == 0 {
		return io.EOF
	}
	return nil
}

// Read implements io.Reader.
func (r *partsReader) Read(to []byte) (int, error) {
	if err := r.skipEmpty(); err != nil {
		return 0, err
	}
	n := copy(to, r.rest[0])
	r.rest[0] = r.rest[0][n:]
	return n, nil
}

// ReadByte implements io.ByteReader, without which flate would take a buffer.
func (r *partsReader) ReadByte() (byte, error) {
	if err := r.skipEmpty(); err != nil {
		return 0, err
	}
	b := r.rest[0][0]
	r.rest[0] = r.rest[0][1:]
	return b, nil
}

var pngHeaders = sync.Pool{New: func() any { return &pngHeader{} }}

// release forgets the file and keeps the memory.
func (h *pngHeader) release() {
	clear(h.compressed)
	*h = pngHeader{compressed: h.compressed[:0], memory: h.memory}
	h.memory.parts.rest = nil
	pngHeaders.Put(h)
}

// decodePNG gives the mode and the pixels that Pillow's PngImagePlugin gives.
func decodePNG(data []byte, p *picture.Picture, deflate *inflate.Library) error {
	h := pngHeaders.Get().(*pngHeader)
	defer h.release()
	if err := h.chunks(data); err != nil {
		return fmt.Errorf("png: %w", err)
	}
	if h.leastBytes() > deflateMost*(h.compressedLen+1) {
		return fmt.Errorf("png: %w", errTruncated) // before memory is taken for what cannot be there
	}
	p.Mode, p.W, p.H, p.Palette = h.mode, h.w, h.h, h.palette
	if h.fast(p, deflate) {
		return nil
	}
	if err := h.slow(p); err != nil {
		return fmt.Errorf("png: %w", err)
	}
	return nil
}

// slow decodes every kind of file, row by row.
func (h *pngHeader) slow(p *picture.Picture) error {
	m := &h.memory
	m.parts.rest = h.compressed
	if again, ok := m.inflater.(zlib.Resetter); ok {
		if err := again.Reset(&m.parts, nil); err != nil {
			return err
		}
	} else {
		made, err := zlib.NewReader(&m.parts)
		if err != nil {
			return err
		}
		m.inflater = made
	}
	p.Grow(p.W * p.H * p.Mode.Channels())
	return h.read(m.inflater, p)
}

// deflateMost is what a byte of deflate can become: 258 bytes take two bits at least.
const deflateMost = 1032

// leastBytes is less than what the pixels take before they are compressed.
func (h *pngHeader) leastBytes() int { return h.h * (h.w * h.bitsPerPixel / 8) }

// chunks reads all that is before the pixels, and finds those.
func (h *pngHeader) chunks(data []byte) error {
	for rest := data[len(pngSignature):]; ; {
		if len(rest) < 12 {
			return errTruncated
		}
		n := int(binary.BigEndian.Uint32(rest))
		if n < 0 || n > len(rest)-12 {
			return errTruncated
		}
		kind, body := rest[4:8], rest[8:8+n]
		// Pillow checks the sums of critical chunks.
		if kind[0]&0x20 == 0 && crc32.ChecksumIEEE(rest[4:8+n]) != binary.BigEndian.Uint32(rest[8+n:]) {
			return fmt.Errorf("broken chunk %q (bad checksum)", kind)
		}
		if h.w == 0 && string(kind) != "IHDR" {
			return fmt.Errorf("chunk %q before the header", kind)
		}
		switch string(kind) {
		case "IHDR":
			if err := h.header(body); err != nil {
				return fmt.Errorf("%w", err)
			}
		case "PLTE":
			h.seenPalette = true
			for i := 0; i < len(body)/3 && i < 256; i++ {
				copy(h.palette[i][:], body[3*i:])
			}
		case "IDAT":
			h.compressed = append(h.compressed, body)
			h.compressedLen += n
		case "IEND":
			return h.complete()
		}
		rest = rest[12+n:]
	}
}

func (h *pngHeader) complete() error {
	if len(h.compressed) == 0 {
		return errors.New("no picture data")
	}
	if h.mode == picture.ModeP && !h.seenPalette {
		return errors.New("no palette")
	}
	return nil
}

func (h *pngHeader) header(body []byte) error {
	if len(body) != 13 || h.w != 0 {
		return errors.New("bad header")
	}
	w, ht := binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
	if w > 1<<31-1 || ht > 1<<31-1 {
		return errors.New("bad size")
	}
	h.w, h.h, h.depth, h.colour, h.interlaced = int(w), int(ht), body[8], body[9], body[12] == 1
	if err := picture.CheckSize(h.w, h.h); err != nil {
		return err
	}
	if h.mode, h.samples = pngMode(h.depth, h.colour); h.samples == 0 {
		return fmt.Errorf("bit depth %d with colour type %d is not supported", h.depth, h.colour)
	}
	h.bitsPerPixel = h.samples * int(h.depth)
	h.filterBytes = max(1, h.bitsPerPixel/8)
	h.widenBy = 1
	if h.colour == 0 {
		h.widenBy = [...]int{1: 255, 2: 0x55, 4: 0x11, 8: 1, 16: 1}[h.depth]
	}
	return nil
}

// pngMode is Pillow's mode of a depth and colour type, and the channels as stored; none: 0.
func pngMode(depth, colour byte) (m picture.Mode, samples int) {
	wide := depth == 16
	switch {
	case colour == 0 && depth == 1:
		return picture.Mode1, 1
	case colour == 0 && (depth == 2 || depth == 4 || depth == 8):
		return picture.ModeL, 1
	case colour == 0 && wide:
		return picture.ModeI16, 1
	case colour == 3 && (depth == 1 || depth == 2 || depth == 4 || depth == 8):
		return picture.ModeP, 1
	case colour == 2 && (depth == 8 || wide):
		return picture.ModeRGB, 3
	case colour == 4 && depth == 8:
		return picture.ModeLA, 2
	case colour == 4 && wide:
		return picture.ModeRGBA, 2
	case colour == 6 && (depth == 8 || wide):
		return picture.ModeRGBA, 4
	}
	return "", 0
}

// adam7 is the first column and row and the steps of each pass of an interlaced file.
var adam7 = [7][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}

func (h *pngHeader) read(r io.Reader, p *picture.Picture) error {
	if !h.interlaced {
		return h.pass(r, p, 0, 0, 1, 1)
	}
	for _, a := range adam7 {
		if err := h.pass(r, p, a[0], a[1], a[2], a[3]); err != nil {
			return err
		}
	}
	return nil
}

// pass reads the pixels (x0 + i*dx, y0 + j*dy).
func (h *pngHeader) pass(r io.Reader, p *picture.Picture, x0, y0, dx, dy int) error {
	w, rows := (h.w-x0+dx-1)/dx, (h.h-y0+dy-1)/dy
	if w <= 0 || rows <= 0 {
		return nil
	}
	stride := (w*h.bitsPerPixel + 7) / 8
	h.memory.lines = slices.Grow(h.memory.lines[:0], 1+2*stride)[:1+2*stride]
	line, before := h.memory.lines[:1+stride], h.memory.lines[1+stride:]
	clear(before)
	for j := range rows {
		if _, err := io.ReadFull(r, line); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return errors.New("image file is truncated")
			}
			return err
		}
		if err := unfilter(line[0], line[1:], before, h.filterBytes); err != nil {
			return err
		}
		h.place(p, line[1:], w, x0, y0+j*dy, dx)
		copy(before, line[1:])
	}
	return nil
}

// place writes one unfiltered line into the picture.
func (h *pngHeader) place(p *picture.Picture, line []byte, w, x0, y, dx int) {
	n := h.samples
	row := p.Pix[y*p.W*n : (y+1)*p.W*n]
	switch {
	case h.depth == 8 && dx == 1:
		copy(row, line)
	case h.depth == 16 && n == 2: // Pillow makes RGBA of these
		row = p.Pix[y*p.W*4 : (y+1)*p.W*4]
		for i := range w {
			l, to := line[4*i], row[(x0+i*dx)*4:]
			to[0], to[1], to[2], to[3] = l, l, l, line[4*i+2]
		}
	case h.depth == 16 && n == 1: // big endian
		row = p.Row(y)
		for i := range w {
			to := row[(x0+i*dx)*2:]
			to[0], to[1] = line[2*i+1], line[2*i]
		}
	case h.depth >= 8:
		step := int(h.depth) / 8 // of 16 bits Pillow keeps the high byte
		for i := range w {
			for c := range n {
				row[(x0+i*dx)*n+c] = line[(i*n+c)*step]
			}
		}
	default:
		per, mask := 8/int(h.depth), byte(1)<<h.depth-1
		for i := range w {
			v := line[i/per] >> (8 - int(h.depth)*(i%per+1)) & mask
			row[x0+i*dx] = byte(int(v) * h.widenBy)
		}
	}
}

// unfilter undoes a line's filter in place (PNG specification, section 9).
func unfilter(kind byte, line, before []byte, n int) error {
	switch kind {
	case 0:
	case 1:
		for i := n; i < len(line); i++ {
			line[i] += line[i-n]
		}
	case 2:
		for i := range line {
			line[i] += before[i]
		}
	case 3:
		for i := range line {
			left := 0
			if i >= n {
				left = int(line[i-n])
			}
			line[i] += byte((left + int(before[i])) / 2)
		}
	case 4:
		for i := range min(n, len(line)) {
			line[i] += before[i]
		}
		for i := n; i < len(line); i++ {
			line[i] += paeth(int(line[i-n]), int(before[i]), int(before[i-n]))
		}
	default:
		return fmt.Errorf("unknown filter %d", kind)
	}
	return nil
}

func paeth(a, b, c int) byte {
	pa, pb := b-c, a-c
	pc := pa + pb
	pa, pb, pc = max(pa, -pa), max(pb, -pb), max(pc, -pc)
	if pa <= pb && pa <= pc {
		return byte(a)
	}
	if pb <= pc {
		return byte(b)
	}
	return byte(c)
}
