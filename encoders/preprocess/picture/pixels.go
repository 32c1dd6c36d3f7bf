package picture

/*
#cgo CFLAGS: -O3
#include "pixels.h"
*/
import "C"

import "github.com/fastclip/fastclip/internal/isa"

func bytesOf(b []byte) *C.uint8_t { return (*C.uint8_t)(&b[0]) }

// Unpremultiply is Pillow's conversion from premultiplied alpha, in place.
func (p *Picture) Unpremultiply() {
	C.fastclip_unpremultiply(bytesOf(p.Pix), C.int(p.Mode.Channels()), C.size_t(p.W*p.H))
}

// DropAlpha copies the colours of RGBA pixels.
func DropAlpha(dst, src []byte) { rgbOn(isa.Used(), ModeRGBA, dst, src) }

// fromC maps the modes that C can convert to RGB.
var fromC = map[Mode]C.int{
	Mode1: C.FASTCLIP_FROM_L, ModeL: C.FASTCLIP_FROM_L, ModeLA: C.FASTCLIP_FROM_LA, ModeRGBA: C.FASTCLIP_FROM_RGBA, ModeCMYK: C.FASTCLIP_FROM_CMYK,
	ModeI16: C.FASTCLIP_FROM_I16,
}

// rgbOn converts a row of a mode to RGB. It is false when C cannot do that.
func rgbOn(s isa.Set, m Mode, dst, src []byte) bool {
	from, ok := fromC[m]
	if ok && len(dst) > 0 {
		C.fastclip_to_rgb(wide(s), from, bytesOf(dst), bytesOf(src), C.size_t(len(dst)/3))
	}
	return ok
}

// fromPalette converts a row of indices to RGB.
func fromPalette(dst, src []byte, palette *[256][3]byte) {
	C.fastclip_palette_to_rgb(bytesOf(dst), bytesOf(src), (*C.uint8_t)(&palette[0][0]), C.size_t(len(dst)/3))
}

// wide is for C: whether the compiler may use AVX2.
func wide(s isa.Set) C.int {
	if s >= isa.AVX2 {
		return 1
	}
	return 0
}

// greyOf is Pillow's L of RGB or RGBA.
func greyOf(dst, src []byte, channels int) { greyOn(isa.Used(), dst, src, channels) }

func greyOn(s isa.Set, dst, src []byte, channels int) {
	C.fastclip_to_grey(wide(s), bytesOf(dst), bytesOf(src), C.int(channels), C.size_t(len(dst)))
}
