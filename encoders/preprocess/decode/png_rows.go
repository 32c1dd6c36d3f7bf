package decode

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// adam7 is the first column and row and the steps of each pass of an interlaced file.
var adam7 = [7][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}

// readRows reads the rows of all passes into p, where there is one, and says how many bytes they take.
func (f *pngFile) readRows(r io.Reader, p *picture.Picture) (n int64, err error) {
	if !f.interlaced {
		return f.pass(r, p, 0, 0, 1, 1)
	}
	for _, a := range adam7 {
		more, err := f.pass(r, p, a[0], a[1], a[2], a[3])
		if n += more; err != nil {
			if errors.Is(err, io.EOF) && n > 0 {
				err = errEarlyEnd
			}
			return n, err
		}
	}
	return n, nil
}

// pass reads the pixels (x0 + i*dx, y0 + j*dy).
func (f *pngFile) pass(r io.Reader, p *picture.Picture, x0, y0, dx, dy int) (n int64, err error) {
	w, rows := (f.w-x0+dx-1)/dx, (f.h-y0+dy-1)/dy
	if w <= 0 || rows <= 0 {
		return 0, nil
	}
	stride := (w*f.bitsPerPixel() + 7) / 8
	f.memory.lines = slices.Grow(f.memory.lines[:0], 1+2*stride)[:1+2*stride]
	line, before := f.memory.lines[:1+stride], f.memory.lines[1+stride:]
	clear(before)
	filterBytes := max(1, f.bitsPerPixel()/8)
	for j := range rows {
		if _, err := io.ReadFull(r, line); err != nil {
			if j > 0 && errors.Is(err, io.EOF) {
				err = errEarlyEnd
			}
			return n, err
		}
		n += int64(len(line))
		if err := unfilter(line[0], line[1:], before, filterBytes); err != nil {
			return n, err
		}
		if p != nil {
			f.place(p, line[1:], w, x0, y0+j*dy, dx)
		}
		copy(before, line[1:])
	}
	return n, nil
}

// widen is what a grey sample of 1, 2 or 4 bits is multiplied by.
func (f *pngFile) widen() int {
	if f.colour != 0 {
		return 1
	}
	return [...]int{1: 255, 2: 0x55, 4: 0x11, 8: 1, 16: 1}[f.depth]
}

// place writes one unfiltered line into the picture.
func (f *pngFile) place(p *picture.Picture, line []byte, w, x0, y, dx int) {
	n := f.samples
	row := p.Pix[y*p.W*n : (y+1)*p.W*n]
	switch {
	case f.depth == 8 && dx == 1:
		copy(row, line)
	case f.depth == 16 && n == 2: // Pillow makes RGBA of these
		row = p.Pix[y*p.W*4 : (y+1)*p.W*4]
		for i := range w {
			l, to := line[4*i], row[(x0+i*dx)*4:]
			to[0], to[1], to[2], to[3] = l, l, l, line[4*i+2]
		}
	case f.depth == 16 && n == 1: // big endian
		row = p.Row(y)
		for i := range w {
			to := row[(x0+i*dx)*2:]
			to[0], to[1] = line[2*i+1], line[2*i]
		}
	case f.depth >= 8:
		step := int(f.depth) / 8 // of 16 bits Pillow keeps the high byte
		for i := range w {
			for c := range n {
				row[(x0+i*dx)*n+c] = line[(i*n+c)*step]
			}
		}
	default:
		per, mask, widen := 8/int(f.depth), byte(1)<<f.depth-1, f.widen()
		for i := range w {
			v := line[i/per] >> (8 - int(f.depth)*(i%per+1)) & mask
			row[x0+i*dx] = byte(int(v) * widen)
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
