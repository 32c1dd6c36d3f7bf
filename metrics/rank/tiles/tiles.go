// Package tiles multiplies matrices of float32 one tile at a time and scans the tiles. It uses AVX-512,
// AVX2 or what the C compiler makes of plain vectors. Products are off by rounding, so a scan counts what
// is certainly above a threshold, and lists what is too near to decide.
package tiles

/*
#cgo CFLAGS: -O3
#include "kernels.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/fastclip/fastclip/internal/isa"
)

// Keep is the number of candidates held for a query, and Top the number wanted.
const (
	Keep = C.KEEP
	Top  = C.TOP
)

// None is below all products. It is the bound of a query that has seen no product.
const None = -3.4028234663852886e38 // -FLT_MAX

// Best holds a query's candidates for its Top largest products.
type Best struct {
	Bound   float32 // the product that a candidate must reach
	N       int32
	Product [Keep]float32
	Item    [Keep]int32
}

// Near is an item whose product is too close to a threshold to decide.
type Near struct{ Row, Threshold, Item int32 }

// Kernels are the routines for one instruction set.
type Kernels struct {
	Name          string
	Rows, Columns int // of a panel
	c             *C.tiles_kernels
}

// All lists the kernels that this machine may use (isa.Used), the fastest first.
func All() []Kernels {
	var out []Kernels
	for _, k := range []struct {
		of isa.Set
		c  *C.tiles_kernels
	}{{isa.AVX512, C.tiles_avx512()}, {isa.AVX2, C.tiles_avx2()}, {isa.Generic, C.tiles_generic()}} {
		if k.of <= isa.Used() && k.c != nil {
			out = append(out, Kernels{k.of.String(), int(k.c.rows_panel), int(k.c.columns_panel), k.c})
		}
	}
	return out
}

// Off bounds the error of a product of two rows of norm 1. Each value is rounded to float32 and summed in float32
// in any order (Higham 2002, 3.1): dim+2 roundings of at most 2^-24, and some more for the sums in float64 and the
// bounds themselves.
func (k Kernels) Off(dim int) float64 { return float64(dim+8)*0x1p-24*1.01 + 2e-7 }

// Multiply fills rows of out, stride values apart, with the products of a's rows and b's. It panics when
// the panels have other widths than Rows and Columns, and when out is too small.
func (k Kernels) Multiply(a, b Panels, out []float32, stride int) { k.multiply(a, b, out, stride, 0) }

// MultiplyAdd is Multiply, but adds to the values in out.
func (k Kernels) MultiplyAdd(a, b Panels, out []float32, stride int) {
	k.multiply(a, b, out, stride, 1)
}

func (k Kernels) multiply(a, b Panels, out []float32, stride int, add C.int) {
	rows, columns := a.Count()*k.Rows, b.Count()*k.Columns
	if a.width != k.Rows || b.width != k.Columns || a.size/max(1, a.width) != b.size/max(1, b.width) || columns > stride || len(out) < rows*stride {
		panic(fmt.Sprintf("tiles: panels of %d by %d and %d by %d into %d values", a.width, a.size, b.width, b.size, len(out)))
	}
	if rows*columns == 0 {
		return
	}
	C.tiles_multiply(k.c, floats(a.data), C.int(a.Count()), floats(b.data), C.int(b.Count()), C.int(a.size/a.width), floats(out), C.int64_t(stride), add)
}

// Transpose writes the columns of in as rows of out, by squares of four by four values where possible.
func Transpose(in []float32, inStride, rows, columns int, out []float32, outStride int) {
	if rows*columns == 0 {
		return
	}
	_, _ = in[(rows-1)*inStride+columns-1], out[(columns-1)*outStride+rows-1]
	C.tiles_transpose(floats(in), C.int64_t(inStride), C.int(rows), C.int(columns), floats(out), C.int64_t(outStride))
}

// Scan is the state of scanning the rows of a tile. The thresholds of a row are Begin to End of Low and
// High. Low and High differ from the exact thresholds by the largest error of a product.
type Scan struct {
	Tile       []float32
	Stride     int
	N, First   int // number of columns, and the item of the first column
	Begin, End []int32
	Low, High  []float32
	Above      []int32 // by threshold: number of items certainly above
	Best       []Best
	Slack      float32 // twice the largest error of a product
	Near       []Near  // buffer; its length must be N times the largest number of thresholds of a row

	state [4]int32 // row, column, near, crowded
}

// Next continues the scan and returns the near items. When the products cannot separate the candidates of
// a row, Next also returns that row, whose Best needs room before the next call. The scan is done when the
// row is -1 and more is false.
func (s *Scan) Next(k Kernels) (near []Near, crowded int, more bool) {
	rows := len(s.Begin)
	if rows == 0 || s.N == 0 {
		return nil, -1, false
	}
	_, _, _ = s.Tile[(rows-1)*s.Stride+s.N-1], s.End[rows-1], s.Best[rows-1]
	s.state[2] = 0
	var low, high *C.float
	var above *C.int32_t
	if len(s.Low) > 0 {
		low, high, above = floats(s.Low), floats(s.High), (*C.int32_t)(&s.Above[0])
	}
	C.tiles_scan(k.c, floats(s.Tile), C.int64_t(s.Stride), C.int(rows), C.int(s.N), C.int(s.First), (*C.int32_t)(&s.Begin[0]), (*C.int32_t)(&s.End[0]),
		low, high, above, unsafe.Pointer(&s.Best[0]), C.float(s.Slack), unsafe.Pointer(&s.Near[0]), C.int32_t(len(s.Near)), (*C.int32_t)(&s.state[0]))
	near = s.Near[:s.state[2]]
	row := int(s.state[0])
	if row == rows {
		return near, -1, false
	}
	if s.state[3] != 0 {
		return near, row, true
	}
	if len(near) == 0 {
		panic(fmt.Sprintf("tiles: room for %d near items, a row wants %d", len(s.Near), int(s.End[row]-s.Begin[row])*s.N))
	}
	return near, -1, true
}

func floats(v []float32) *C.float { return (*C.float)(&v[0]) }
