package resample

/*
#include "gray16.h"
*/
import "C"

import (
	"image"

	"github.com/fastclip/fastclip/internal/isa"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// resample16 is resample of I;16 and I;16B, which Pillow computes in double precision and rounds to 16
// bits after each pass (Resample.c, 16bpc).
func (k *kernel) resample16(mem *Scratch, s set, src *picture.Picture, w, h int, crop image.Rectangle) *picture.Picture {
	x, y := k.reals16(mem, src.W, w, crop.Min.X, crop.Max.X), k.reals16(mem, src.H, h, crop.Min.Y, crop.Max.Y)
	if verticalFirst(src.W, src.H, w, h) {
		return s.horizontal16(mem, s.vertical16(mem, src, y), x)
	}
	return s.vertical16(mem, s.horizontal16(mem, src, x), y)
}

// reals16 of an axis that keeps its length copy.
func (k *kernel) reals16(mem *Scratch, in, out, from, to int) reals {
	if in != out {
		return k.reals(mem, in, out, from, to)
	}
	n := to - from
	r := reals{first: mem.takeWords(n), n: mem.takeWords(n), weights: mem.takeReals(n), size: 1}
	for i := range n {
		r.first[i], r.n[i], r.weights[i] = int32(from+i), 1, 1
	}
	return r
}

func (s set) horizontal16(mem *Scratch, src *picture.Picture, t reals) *picture.Picture {
	const rows = C.FASTCLIP_GRAY16_ROWS
	from, to := needed(t.first, t.n)
	first := mem.takeWords(len(t.first))
	for i, v := range t.first {
		first[i] = v - int32(from)
	}
	out, band := mem.Picture(src.Mode, len(first), src.H), mem.takeReals(rows*(to-from))
	for y := 0; y < out.H; y += rows {
		C.fastclip_gray16_across(C.int(isa.Set(s).Bits()), bytesOf(out.Row(y)), bytesOf(src.Row(y)[2*from:]), C.size_t(src.W), C.int(min(rows, out.H-y)), C.int(to-from),
			wordsOf(first), wordsOf(t.n), realsOf(t.weights), C.int(t.size), C.int(out.W), realsOf(band))
	}
	return out
}

func (s set) vertical16(mem *Scratch, src *picture.Picture, t reals) *picture.Picture {
	out := mem.Picture(src.Mode, src.W, len(t.first))
	for y := range out.H {
		C.fastclip_gray16_down(C.int(isa.Set(s).Bits()), bytesOf(out.Row(y)), bytesOf(src.Row(int(t.first[y]))), C.size_t(src.W), C.size_t(src.W),
			realsOf(t.weights[y*t.size:]), C.int(t.n[y]))
	}
	return out
}

func realsOf(v []float64) *C.double { return (*C.double)(&v[0]) }
