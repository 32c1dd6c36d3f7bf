// Package inflate undoes zlib's format in one go, for whoever knows the size of what comes out, with
// the decompressor of libdeflate 1.23 (MIT licence, see NOTICE), whose sources are beside this file.
package inflate

/*
#cgo CFLAGS: -O3 -fvisibility=hidden
#cgo noescape fastclip_inflate
#cgo nocallback fastclip_inflate
#include "inflate.h"
*/
import "C"

// Exactly is whether src begins with a whole zlib stream of len(dst) bytes with the right sum,
// which are then in dst. What it takes zlib takes too. False says nothing about what is wrong, and leaves anything in dst.
func Exactly(dst, src []byte) bool {
	if len(dst) == 0 || len(src) == 0 {
		return false
	}
	return C.fastclip_inflate((*C.uint8_t)(&dst[0]), C.size_t(len(dst)), (*C.uint8_t)(&src[0]), C.size_t(len(src))) != 0
}
