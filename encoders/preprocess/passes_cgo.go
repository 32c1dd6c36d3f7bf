package preprocess

/*
#cgo CFLAGS: -O3
#include "passes.h"
*/
import "C"

func horizontal(dst, src []byte, srcW, channels int, t taps, rows int) {
	C.fastclip_horizontal((*C.uint8_t)(&dst[0]), (*C.uint8_t)(&src[0]), C.int(srcW), C.int(channels), C.int(len(t.first)), C.int(rows),
		(*C.int32_t)(&t.first[0]), (*C.int32_t)(&t.n[0]), (*C.int32_t)(&t.weights[0]), C.int(t.size))
}

func vertical(dst, src []byte, stride int, t taps) {
	C.fastclip_vertical((*C.uint8_t)(&dst[0]), (*C.uint8_t)(&src[0]), C.int(stride), C.int(len(t.first)),
		(*C.int32_t)(&t.first[0]), (*C.int32_t)(&t.n[0]), (*C.int32_t)(&t.weights[0]), C.int(t.size))
}
