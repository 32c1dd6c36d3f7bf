package picture

/*
#cgo CFLAGS: -O3
#include "pixels.h"
*/
import "C"

import "github.com/fastclip/fastclip/internal/isa"

func bytesOf(b []byte) *C.uint8_t { return (*C.uint8_t)(&b[0]) }

// Unpremultiply is Pillow's conversion back, in place.
func (p *Picture) Unpremultiply() {
	C.fastclip_unpremultiply(bytesOf(p.Pix), C.int(p.Mode.Channels()), C.size_t(p.W*p.H))
}

// DropAlpha copies the colours of RGBA.
func DropAlpha(dst, src []byte) {
	C.fastclip_rgba_to_rgb(bytesOf(dst), bytesOf(src), C.size_t(len(dst)/3))
}

// greyOf is Pillow's L of RGB or RGBA.
func greyOf(dst, src []byte, channels int) { greyOn(isa.Used(), dst, src, channels) }

func greyOn(s isa.Set, dst, src []byte, channels int) {
	wide := C.int(0)
	if s >= isa.AVX2 {
		wide = 1
	}
	C.fastclip_to_grey(wide, bytesOf(dst), bytesOf(src), C.int(channels), C.size_t(len(dst)))
}
