package resample

/*
#cgo CFLAGS: -O3
#include "passes.h"
*/
import "C"

import "math"

func bytesOf(b []byte) *C.uint8_t   { return (*C.uint8_t)(&b[0]) }
func halvesOf(v []int16) *C.int16_t { return (*C.int16_t)(&v[0]) }
func wordsOf(v []int32) *C.int32_t  { return (*C.int32_t)(&v[0]) }

// wide is for C: whether what the compiler makes of plain loops may use AVX2.
func (s set) wide() C.int {
	if s.avx2() {
		return 1
	}
	return 0
}

// rowPass resizes rows of one length.
type rowPass struct {
	weights
	grouped grouped
	avx2    bool
	wide    C.int
}

// horizontal resizes rows as long as src's to len(t.first) pixels each.
func (s set) horizontal(src view, t weights) rowPass {
	p := rowPass{weights: t, wide: s.wide()}
	if s.avx2() && src.channels >= 3 {
		p.grouped, p.avx2 = t.grouped(src.width)
	}
	return p
}

func (p *rowPass) do(dst []byte, src view) {
	channels, w := C.int(src.channels), C.int(len(p.first))
	if g := &p.grouped; p.avx2 {
		C.fastclip_horizontal_avx2(bytesOf(dst), bytesOf(src.pix), C.size_t(src.stride), channels, w, C.int(src.height),
			wordsOf(g.first), halvesOf(g.halves), C.int(g.groups))
		return
	}
	C.fastclip_horizontal(p.wide, bytesOf(dst), bytesOf(src.pix), C.size_t(src.stride), channels, w, C.int(src.height),
		wordsOf(p.first), wordsOf(p.n), wordsOf(p.values), C.int(p.size))
}

// vertical resizes columns to len(t.first) pixels each.
func (s set) vertical(dst []byte, src view, t weights) {
	stride, width, h := C.size_t(src.stride), C.size_t(src.rowBytes()), C.int(len(t.first))
	if s.avx2() && src.rowBytes() >= 8 {
		if g, ok := t.grouped(math.MaxInt32); ok {
			C.fastclip_vertical_avx2(bytesOf(dst), bytesOf(src.pix), stride, width, h,
				wordsOf(t.first), wordsOf(t.n), halvesOf(g.halves), C.int(g.groups))
			return
		}
	}
	C.fastclip_vertical(s.wide(), bytesOf(dst), bytesOf(src.pix), stride, width, h,
		wordsOf(t.first), wordsOf(t.n), wordsOf(t.values), C.int(t.size))
}

// premultiply is Pillow's conversion to RGBa or La.
func (s set) premultiply(dst []byte, src view) {
	if s.avx2() {
		C.fastclip_premultiply_avx2(bytesOf(dst), bytesOf(src.pix), C.size_t(src.stride), C.int(src.channels), C.int(src.width), C.int(src.height))
		return
	}
	C.fastclip_premultiply(bytesOf(dst), bytesOf(src.pix), C.size_t(src.stride), C.int(src.channels), C.int(src.width), C.int(src.height))
}
