package resample

/*
#include "floats.h"
*/
import "C"

import "github.com/fastclip/fastclip/internal/isa"

func floatsOf(v []float32) *C.float { return (*C.float)(&v[0]) }

// hasFloats tells whether s has a kernel for torch's float resize.
func (s set) hasFloats() bool { return s.avx2() || isa.Set(s) == isa.NEON }

// floats resizes RGB to planes as torch does. out must be zero, and rows is what the weights reach. Each
// output row is made as soon as its input rows are ready, while they are in the cache.
func (s set) floats(mem *Scratch, out []float32, rows view, x, y floatWeights) {
	if !s.hasFloats() {
		floatsGo(mem, out, rows, x, y)
		return
	}
	const band = C.FASTCLIP_FLOAT_ROWS
	cols, lines := len(x.first), len(y.first)
	between := mem.floatsAsTheyAre(3 * cols * rows.height)
	samples := mem.floatsAsTheyAre((3*rows.width + 8) * band)
	done := 0
	for r := 0; r < rows.height; r += band {
		n := min(band, rows.height-r)
		C.fastclip_floats_across(floatsOf(between[3*cols*r:]), bytesOf(rows.pix[r*rows.stride:]), C.size_t(rows.stride), C.int(n), C.int(rows.width),
			wordsOf(x.first), wordsOf(x.n), floatsOf(x.values), C.int(x.size), C.int(cols), floatsOf(samples))
		for ; done < lines && int(y.first[done]+y.n[done]) <= r+n; done++ {
			for c := range 3 {
				C.fastclip_floats_down(floatsOf(out[(c*lines+done)*cols:]), floatsOf(between[(3*int(y.first[done])+c)*cols:]), C.size_t(3*cols), C.size_t(cols),
					floatsOf(y.values[done*y.size:]), C.int(y.n[done]))
			}
		}
	}
}

// NormaliseFloats is (v - mean) / std, in single precision.
func NormaliseFloats(dst, v []float32, mean, std float32) { used().normaliseFloats(dst, v, mean, std) }

func (s set) normaliseFloats(dst, v []float32, mean, std float32) {
	if s.hasFloats() && len(v) > 0 {
		C.fastclip_floats_normalise(floatsOf(dst), floatsOf(v), C.size_t(len(v)), C.float(mean), C.float(std))
		return
	}
	for i, x := range v {
		dst[i] = float32(x-mean) / std
	}
}
