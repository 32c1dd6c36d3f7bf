package tiles

/*
#include "kernels.h"
*/
import "C"

import (
	"fmt"
	"sort"
)

// Steps are the descending thresholds of a row that has many. Each has a lower and an upper bound that
// allow for the error of a product. To place a product quickly, the range is divided into cells of equal
// width. Thresholds are compared only in cells that a threshold reaches into.
type Steps struct {
	low, high    []float32
	least, scale float32
	// at holds, for each cell, the first threshold that its products exceed. A cell that a threshold
	// reaches into holds -1 minus the first such threshold.
	at []int32
}

// cellsPer is the number of cells for each threshold.
const cellsPer = 4

// NewSteps needs at least one threshold, and none may be NaN.
func NewSteps(low, high []float32) Steps {
	n := len(low)
	s := Steps{low: low, high: high, least: low[n-1], at: make([]int32, cellsPer*n+2)}
	if width := high[0] - s.least; width > 0 && float32(cellsPer*n)/width < 1e30 {
		s.scale = float32(cellsPer*n) / width
	}
	for c, t := len(s.at)-1, 0; c >= 0; c-- {
		for t < n && s.cell(low[t]) > c {
			t++
		}
		s.at[c] = int32(t)
		if t < n && s.cell(high[t]) >= c {
			s.at[c] = -1 - int32(t)
		}
	}
	return s
}

// cell is the cell of a product. It never falls when v rises. The first cell is for products below all
// thresholds.
func (s Steps) cell(v float32) int {
	return int(max(0, min((v-s.least)*s.scale+1, float32(len(s.at)-1))))
}

// Around returns the thresholds that a product is near, from near up to surely. surely is the first
// threshold that the product certainly exceeds, or the number of thresholds.
func (s Steps) Around(v float32) (near, surely int) {
	near = sort.Search(len(s.low), func(t int) bool { return s.low[t] <= v })
	return near, sort.Search(len(s.high), func(t int) bool { return s.high[t] < v })
}

// Count counts each product of a row at the first threshold that it exceeds. It does not count products that are
// near a threshold, and returns their places in near, which must have the row's length.
func (k Kernels) Count(s Steps, row []float32, above, near []int32) []int32 {
	if len(row) == 0 {
		return nil
	}
	if len(above) != len(s.low) || len(near) < len(row) {
		panic(fmt.Sprintf("tiles: %d counts of %d thresholds, room for %d of %d", len(above), len(s.low), len(near), len(row)))
	}
	n := C.tiles_steps(k.c, floats(row), C.int(len(row)), floats(s.low), floats(s.high), C.int(len(s.low)), C.float(s.least), C.float(s.scale),
		(*C.int32_t)(&s.at[0]), C.int(len(s.at)), (*C.int32_t)(&above[0]), (*C.int32_t)(&near[0]))
	return near[:n]
}
