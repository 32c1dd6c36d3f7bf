package scenes

import "encoding/binary"

// sampling is the number of pixels across and down that share a chroma sample.
type sampling struct{ h, v int }

var (
	s444 = sampling{1, 1}
	s422 = sampling{2, 1}
	s420 = sampling{2, 2}
)

// jpegOptions are the quality (on the Independent JPEG Group's scale, 1 to 100), the sampling, and the EXIF orientation; 0 means no EXIF.
type jpegOptions struct {
	quality     int
	sampling    sampling
	orientation int
}

// encodeJPEG writes a baseline JPEG (ITU-T T.81) of an RGB canvas, using only integers. The standard library's encoder supports one sampling only, and its
// bytes may change with Go.
func encodeJPEG(c *canvas, o jpegOptions) []byte {
	e := &jpegWriter{out: make([]byte, 0, c.w*c.h/2)}
	for i := range e.quant {
		e.quant[i] = newQuantiser(baseQuant[i], o.quality)
	}
	for i := range e.codes {
		e.codes[i] = huffmanTables[i].codes()
	}
	e.header(c, o)
	e.scan(c.planes(o.sampling), o.sampling)
	return append(e.out, 0xff, 0xd9)
}

// quantiser divides by 8 times its steps, because the transform scales by 8.
type quantiser struct {
	steps   [64]byte   // in zigzag order
	divisor [64]uint32 // in zigzag order
	inverse [64]uint64 // 2^32 over the divisor, rounded up; exact for the values in a block
}

func newQuantiser(base [64]int, quality int) quantiser {
	scale := 5000 / quality
	if quality >= 50 {
		scale = 200 - quality*2
	}
	var q quantiser
	for i, v := range base {
		step := min(255, max(1, (v*scale+50)/100))
		q.steps[i], q.divisor[i] = byte(step), uint32(step*8)
		q.inverse[i] = (1<<32 + uint64(step*8) - 1) / uint64(step*8)
	}
	return q
}

// divide is v over step i, rounded half away from zero.
func (q *quantiser) divide(v int32, i int) int32 {
	sign := v >> 31 // all ones for a negative number
	size := uint32((v ^ sign) - sign)
	return int32((uint64(size+q.divisor[i]/2)*q.inverse[i])>>32) ^ sign - sign
}

type jpegWriter struct {
	out   []byte
	quant [2]quantiser
	codes [4][256]huffmanCode
	bits  uint64 // its lowest held bits are not written yet
	held  uint32
}

func (e *jpegWriter) segment(marker byte, data ...byte) {
	e.out = append(e.out, 0xff, marker)
	e.out = binary.BigEndian.AppendUint16(e.out, uint16(len(data)+2))
	e.out = append(e.out, data...)
}

func (e *jpegWriter) header(c *canvas, o jpegOptions) {
	e.out = append(e.out, 0xff, 0xd8)
	if o.orientation == 0 {
		e.segment(0xe0, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0)
	} else {
		// A big-endian TIFF with one entry: tag 0x0112, one short.
		e.segment(0xe1, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1,
			1, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(o.orientation), 0, 0, 0, 0, 0, 0)
	}
	for i := range e.quant {
		e.segment(0xdb, append([]byte{byte(i)}, e.quant[i].steps[:]...)...)
	}
	e.segment(0xc0, 8, byte(c.h>>8), byte(c.h), byte(c.w>>8), byte(c.w), 3,
		1, byte(o.sampling.h<<4|o.sampling.v), 0, 2, 0x11, 1, 3, 0x11, 1)
	for i, t := range huffmanTables {
		// The high half is the class (DC or AC), the low half the number of the table.
		e.segment(0xc4, append(append([]byte{byte(i&1<<4 | i>>1)}, t.counts[:]...), t.values...)...)
	}
	e.segment(0xda, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0)
}

func (e *jpegWriter) scan(p [3]jpegPlane, s sampling) {
	var last [3]int32
	var b [64]int32
	for my := 0; my < p[0].h; my += 8 * s.v {
		for mx := 0; mx < p[0].w; mx += 8 * s.h {
			for y := my; y < my+8*s.v; y += 8 {
				for x := mx; x < mx+8*s.h; x += 8 {
					p[0].block(x, y, &b)
					e.block(&b, 0, &last[0])
				}
			}
			for i := 1; i < 3; i++ {
				p[i].block(mx/s.h, my/s.v, &b)
				e.block(&b, 1, &last[i])
			}
		}
	}
	e.put(0x7f, 7) // fills the last byte with ones
}
