package decode

/*
#cgo noescape fastclip_unfilter
#cgo nocallback fastclip_unfilter
#cgo CFLAGS: -O3
#include "unfilter.h"
*/
import "C"

import (
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

import "github.com/fastclip/fastclip/encoders/preprocess/decode/inflate"

// fast decodes the usual files, with 8 bits per sample and without interlacing. It inflates all pixels at
// once into their final place and unfilters them there. It returns false when the file is of another kind
// or has an error; the slow way then decides.
func (f *pngFile) fast(p *picture.Picture, deflate *inflate.Library) bool {
	if f.depth != 8 || f.interlaced || f.cut || len(f.compressed) == 0 || f.h*f.w*f.samples > deflateMost*(f.compressedLen+1) {
		return false
	}
	stride := f.w * f.samples
	data := f.compressed[0]
	if len(f.compressed) > 1 {
		f.memory.joined = f.memory.joined[:0]
		for _, part := range f.compressed {
			f.memory.joined = append(f.memory.joined, part...)
		}
		data = f.memory.joined
	}
	p.Grow((stride + 1) * f.h)
	if !deflate.Exactly(p.Pix, data) {
		return false
	}
	if len(f.memory.zeros) < stride {
		f.memory.zeros = make([]byte, stride)
	}
	if !unfilterAll(p.Pix, stride, f.h, f.samples, f.memory.zeros) {
		return false
	}
	p.Pix = p.Pix[:stride*f.h]
	return true
}

// unfilterAll undoes the filters of rows of stride bytes, in place. Each row comes after a byte that names
// its filter, and these bytes are removed. A pixel has n bytes. zeros is the row above the first. The
// result is false when a filter does not exist.
func unfilterAll(pix []byte, stride, rows, n int, zeros []byte) bool {
	return C.fastclip_unfilter((*C.uint8_t)(&pix[0]), C.size_t(stride), C.size_t(rows), C.int(n), (*C.uint8_t)(&zeros[0])) == 0
}
