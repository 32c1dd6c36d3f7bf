package scenes

// jpegPlane is one component, padded to whole MCUs.
type jpegPlane struct {
	w, h int
	pix  []uint8
}

// planes splits an RGB canvas into Y, Cb and Cr (as in JFIF, in 16-bit fixed point). Chroma is averaged over h by v pixels. Samples outside repeat the last
// row or column.
func (c *canvas) planes(s sampling) [3]jpegPlane {
	w, h := roundUp(c.w, 8*s.h), roundUp(c.h, 8*s.v)
	var full [3]jpegPlane
	for i := range full {
		full[i] = jpegPlane{w, h, make([]uint8, w*h)}
	}
	for y := range h {
		row := c.pix[min(y, c.h-1)*c.w*3:][:c.w*3]
		yy, cb, cr := full[0].pix[y*w:][:w], full[1].pix[y*w:][:w], full[2].pix[y*w:][:w]
		for x := range w {
			i := min(x, c.w-1) * 3
			r, g, b := int32(row[i]), int32(row[i+1]), int32(row[i+2])
			yy[x] = uint8((19595*r + 38470*g + 7471*b + 1<<15) >> 16)
			cb[x] = uint8((-11059*r - 21709*g + 32768*b + 128<<16 + 1<<15 - 1) >> 16)
			cr[x] = uint8((32768*r - 27439*g - 5329*b + 128<<16 + 1<<15 - 1) >> 16)
		}
	}
	full[1], full[2] = full[1].shrink(s), full[2].shrink(s)
	return full
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// shrink averages blocks of h by v pixels.
func (p jpegPlane) shrink(s sampling) jpegPlane {
	n := s.h * s.v
	if n == 1 {
		return p
	}
	out := jpegPlane{p.w / s.h, p.h / s.v, make([]uint8, p.w*p.h/n)}
	for y := range out.h {
		for x := range out.w {
			sum := n / 2
			for dy := range s.v {
				at := (y*s.v+dy)*p.w + x*s.h
				sum += int(p.pix[at]) + int(p.pix[at+s.h-1])
			}
			out.pix[y*out.w+x] = uint8(sum / n)
		}
	}
	return out
}

// block reads the 8x8 samples at a place, centred on zero.
func (p jpegPlane) block(x, y int, b *[64]int32) {
	for j := range 8 {
		row := p.pix[(y+j)*p.w+x:][:8]
		for i, v := range row {
			b[j*8+i] = int32(v) - 128
		}
	}
}
