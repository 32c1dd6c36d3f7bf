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

// fast decodes the files that most are, 8 bits a sample and not interlaced: all of the pixels are
// inflated at once, where they then lie, and unfiltered there. false: not such a file, or
// something is wrong with it, and the other way decides what.
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

// unfilterAll undoes the filters of rows of stride bytes, each behind its filter's, in place and without
// those; a pixel has n bytes, and zeros are the row above the first. False: there is no such filter.
func unfilterAll(pix []byte, stride, rows, n int, zeros []byte) bool {
	return C.fastclip_unfilter((*C.uint8_t)(&pix[0]), C.size_t(stride), C.size_t(rows), C.int(n), (*C.uint8_t)(&zeros[0])) == 0
}
