package preprocess

import (
	"encoding/binary"
	"errors"
)

// stride is the bytes from row to row, and rowBytes those of a row without padding.
func (h *bmpHeader) stride() int { return (h.w*h.bits + 31) >> 3 &^ 3 }

func (h *bmpHeader) rowBytes() int {
	bits := 32
	switch h.raw {
	case "1", "P;1":
		bits = 1
	case "P;4":
		bits = 4
	case "L", "P":
		bits = 8
	case "BGR;15", "BGR;16":
		bits = 16
	case "BGR":
		bits = 24
	}
	return (h.w*bits + 7) / 8
}

// pixelBytes is the least that uncompressed pixels take: the last row needs no padding.
func (h *bmpHeader) pixelBytes() int { return (h.h-1)*h.stride() + h.rowBytes() }

// rows unpacks uncompressed pixels, all of which are there.
func (h *bmpHeader) rows(p *Picture, data []byte) error {
	stride, n := h.stride(), h.rowBytes()
	if n > stride { // a palette of 256 greys for pixels of fewer bits
		return errors.New("unsupported palette for this depth")
	}
	for y := range h.h {
		h.unpack(p.row(h.line(y)), data[y*stride:y*stride+n])
	}
	return nil
}

// line is the picture's row that comes y-th in the file.
func (h *bmpHeader) line(y int) int {
	if h.topDown {
		return y
	}
	return h.h - 1 - y
}

func (p *Picture) row(y int) []byte {
	n := p.W * p.Mode.channels()
	return p.Pix[y*n : (y+1)*n]
}

// bmpOrder is where red, green, blue and alpha lie in a pixel.
var bmpOrder = map[string][]int{
	"BGR": {2, 1, 0}, "BGRX": {2, 1, 0}, "XBGR": {3, 2, 1}, "BGXR": {3, 1, 0},
	"ABGR": {3, 2, 1, 0}, "RGBA": {0, 1, 2, 3}, "BGRA": {2, 1, 0, 3}, "BGAR": {3, 1, 0, 2},
}

func (h *bmpHeader) unpack(out, in []byte) {
	switch h.raw {
	case "1", "P;1":
		one := byte(1)
		if h.raw == "1" {
			one = 255
		}
		for x := range out {
			out[x] = in[x/8] >> (7 - x%8) & 1 * one
		}
	case "P;4":
		for x := range out {
			out[x] = in[x/2] >> (4 - x%2*4) & 15
		}
	case "P", "L":
		copy(out, in)
	case "BGR;15", "BGR;16":
		shift, most := 10, 31
		if h.raw == "BGR;16" {
			shift, most = 11, 63
		}
		for x := range h.w {
			v := int(binary.LittleEndian.Uint16(in[2*x:]))
			out[3*x] = byte((v >> shift & 31) * 255 / 31)
			out[3*x+1] = byte((v >> 5 & most) * 255 / most)
			out[3*x+2] = byte((v & 31) * 255 / 31)
		}
	default:
		order, step := bmpOrder[h.raw], h.bits/8
		for x := range h.w {
			for c, at := range order {
				out[x*len(order)+c] = in[x*step+at]
			}
		}
	}
}

// runs decodes run lengths as Pillow's BmpRleDecoder does, which fills rows in the order of the
// file and refuses a file that does not fill all.
func (h *bmpHeader) runs(p *Picture, data []byte) error {
	total := h.w * h.h
	r := bmpRuns{c: cursor{data}, start: h.offset + len(data), w: h.w, total: total, out: p.Pix[:0:total]}
	for len(r.out) < total && r.step(h.compression == bmpRLE4) {
	}
	if len(r.out) < total {
		return errTruncated
	}
	if h.mode == Mode1 {
		for i, v := range p.Pix {
			p.Pix[i] = 255 * min(v, 1)
		}
	}
	for y := 0; y < h.h/2 && !h.topDown; y++ {
		a, b := p.row(y), p.row(h.h-1-y)
		for x, v := range a {
			a[x], b[x] = b[x], v
		}
	}
	return nil
}

// bmpRuns is the state of that decoder.
type bmpRuns struct {
	c     cursor
	start int // position in the file plus what is left to read
	x, w  int
	total int
	out   []byte
}

// step does one code; it is false at the end of the data.
func (r *bmpRuns) step(four bool) bool {
	code := r.c.read(2)
	if len(code) < 2 {
		return false
	}
	n, v := int(code[0]), code[1]
	switch {
	case n > 0:
		n = min(n, max(0, r.w-r.x))
		for i := range n {
			r.out = append(r.out, nibble(v, i, four))
		}
		r.x += n
	case v == 0: // end of line
		for len(r.out)%r.w != 0 {
			r.out = append(r.out, 0)
		}
		r.x = 0
	case v == 1: // end of picture
		return false
	case v == 2: // to the right and up
		by := r.c.read(2)
		if len(by) < 2 {
			return false
		}
		r.out = append(r.out, make([]byte, min(r.total-len(r.out), int(by[0])+int(by[1])*r.w))...)
		r.x = len(r.out) % r.w
	default:
		return r.literal(int(v), four)
	}
	return true
}

// literal copies n pixels, and skips to an even position in the file.
func (r *bmpRuns) literal(n int, four bool) bool {
	count := min(r.total-len(r.out), n)
	size := count
	if four {
		size = (count + 1) / 2
	}
	in := r.c.read(size)
	if len(in) < size {
		return false
	}
	for i := range count {
		if four {
			r.out = append(r.out, nibble(in[i/2], i, true))
		} else {
			r.out = append(r.out, in[i])
		}
	}
	if len(r.out) == r.total {
		return false
	}
	r.x += n
	if (r.start-len(r.c.rest))%2 != 0 {
		r.c.read(1)
	}
	return true
}

// nibble is the i-th pixel of a byte that holds one or two.
func nibble(v byte, i int, four bool) byte {
	if !four {
		return v
	}
	return v >> (4 - i%2*4) & 15
}
