package raster

import (
	"encoding/binary"
	"errors"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// stride is the bytes from row to row, and rowBytes those of a row without padding.
func (h *bmpHeader) stride() int { return (h.w*h.bits + 31) >> 3 &^ 3 }

func (h *bmpHeader) rowBytes() int { return (h.w*h.pixelBits + 7) / 8 }

// pixelBytes is the least that uncompressed pixels take: the last row needs no padding.
func (h *bmpHeader) pixelBytes() int { return (h.h-1)*h.stride() + h.rowBytes() }

// rows unpacks uncompressed pixels, all of which are there.
func (h *bmpHeader) rows(p *picture.Picture, data []byte) error {
	stride, n := h.stride(), h.rowBytes()
	if n > stride { // a palette of 256 greys for pixels of fewer bits
		return errors.New("unsupported palette for this depth")
	}
	for y := range h.h {
		h.unpack(p.Row(h.line(y)), data[y*stride:y*stride+n])
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

// unpack makes a row of the picture of one of the file.
func (h *bmpHeader) unpack(out, in []byte) {
	switch h.pixelBits {
	case 1:
		one := byte(1)
		if h.mode == picture.Mode1 {
			one = 255
		}
		for x := range out {
			out[x] = in[x/8] >> (7 - x%8) & 1 * one
		}
	case 4:
		nibbles(out, in)
	case 8:
		copy(out, in)
	case 16:
		green := 1<<h.greenBits - 1
		for x := range h.w {
			v := int(binary.LittleEndian.Uint16(in[2*x:]))
			out[3*x] = byte((v >> (5 + h.greenBits) & 31) * 255 / 31)
			out[3*x+1] = byte((v >> 5 & green) * 255 / green)
			out[3*x+2] = byte((v & 31) * 255 / 31)
		}
	default:
		step, n := h.bits/8, h.mode.Channels()
		for x := range h.w {
			for c, at := range h.order[:n] {
				out[x*n+c] = in[x*step+int(at)]
			}
		}
	}
}

// nibbles fills out with the halves of in's bytes, the high ones first.
func nibbles(out, in []byte) {
	for i := range out {
		out[i] = in[i/2] >> (4 - i%2*4) & 15
	}
}

// runs undoes run lengths. The pixels come in the order of the file's rows, and what is jumped over
// is 0. As Pillow does, it refuses a file that does not reach the last pixel.
func (h *bmpHeader) runs(p *picture.Picture, data []byte) error {
	clear(p.Pix)
	r := bmpRuns{in: cursor{data}, end: h.offset + len(data), four: h.compression == bmpRLE4, w: h.w, left: p.Pix}
	for len(r.left) > 0 && r.next() {
	}
	if len(r.left) > 0 {
		return ErrTruncated
	}
	if h.mode == picture.Mode1 {
		for i, v := range p.Pix {
			p.Pix[i] = 255 * min(v, 1)
		}
	}
	for y := 0; y < h.h/2 && !h.topDown; y++ {
		a, b := p.Row(y), p.Row(h.h-1-y)
		for x, v := range a {
			a[x], b[x] = b[x], v
		}
	}
	return nil
}

// bmpRuns is where the decoding of run lengths stands.
type bmpRuns struct {
	in   cursor
	end  int  // the input's, in the file
	four bool // bits a pixel, not eight
	w    int
	x    int    // the pixels that this row has had; literals may run over its end
	left []byte // the pixels that are still to come
}

// next does one command: a run, literals, or what follows a 0. False: there is none.
func (r *bmpRuns) next() bool {
	command := r.in.read(2)
	if len(command) < 2 {
		return false
	}
	if n := int(command[0]); n > 0 {
		r.run(min(n, max(0, r.w-r.x)), command[1])
		return true
	}
	const lineEnd, pictureEnd, jump = 0, 1, 2
	switch command[1] {
	case lineEnd:
		r.pass(len(r.left) % r.w)
		r.x = 0
		return true
	case pictureEnd:
		return false
	case jump:
		by := r.in.read(2)
		if len(by) < 2 {
			return false
		}
		r.pass(int(by[0]) + int(by[1])*r.w)
		r.x = (r.w - len(r.left)%r.w) % r.w
		return true
	}
	return r.literals(int(command[1]))
}

// pass leaves the next n pixels as they are, or all that are left.
func (r *bmpRuns) pass(n int) { r.left = r.left[min(n, len(r.left)):] }

// run writes v n times, or its two halves in turn.
func (r *bmpRuns) run(n int, v byte) {
	even, odd := v, v
	if r.four {
		even, odd = v>>4, v&15
	}
	for i := range r.left[:n] {
		if i%2 == 0 {
			r.left[i] = even
		} else {
			r.left[i] = odd
		}
	}
	r.pass(n)
	r.x += n
}

// literals copies n pixels; the next command begins at an even place in the file.
func (r *bmpRuns) literals(n int) bool {
	out := r.left[:min(n, len(r.left))]
	size := len(out)
	if r.four {
		size = (size + 1) / 2
	}
	in := r.in.read(size)
	if len(in) < size {
		return false
	}
	if r.four {
		nibbles(out, in)
	} else {
		copy(out, in)
	}
	r.pass(n)
	r.x += n
	if at := r.end - len(r.in.rest); at%2 != 0 {
		r.in.read(1)
	}
	return true
}
