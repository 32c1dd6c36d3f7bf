// Package lanes computes weighted sums with small counts as weights, Lane sums side by side.
package lanes

/*
#cgo CFLAGS: -O3
#include "lanes.h"
*/
import "C"

import (
	"unsafe"

	"github.com/fastclip/fastclip/internal/isa"
)

// Lane is the number of sums side by side.
const Lane = C.LANE

// WeightedSums sums values[i] times block[i] over the indices in used, in their order. A nil used means
// all indices. It panics if an index is outside of block or values. Every processor gives the same bits.
func WeightedSums(block [][Lane]uint8, values []float64, used []int) (sums [Lane]float64) {
	return weightedSums(isa.Used(), block, values, used)
}

func weightedSums(set isa.Set, block [][Lane]uint8, values []float64, used []int) (sums [Lane]float64) {
	n := len(used)
	for _, i := range used {
		_, _ = block[i], values[i]
	}
	if used == nil {
		n = len(values)
		_ = block[:n]
	}
	if n == 0 {
		return sums
	}
	C.lanes_weighted_sums(C.int(set.Bits()), (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(block))), (*C.double)(unsafe.SliceData(values)),
		(*C.intptr_t)(unsafe.Pointer(unsafe.SliceData(used))), C.intptr_t(n), (*C.double)(&sums[0]))
	return sums
}
