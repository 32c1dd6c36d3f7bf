package tiles

import (
	"math"
	"unsafe"
)

// Panels are rows of a matrix in the order in which they are multiplied, width at a time. What is
// missing of the last panel is 0.
type Panels struct {
	width int
	size  int                                                // values of a panel
	put   func(panel []float32, width, i int, row []float64) // row i of the panel
	data  []float32
}

// Left makes empty panels for n rows of dim values, the left factor of a product.
func (k Kernels) Left(n, dim int) Panels {
	if k.halves {
		return newPanels(n, k.Rows, (dim+blockDepth-1)/blockDepth*blockDepth, putHalvesLeft)
	}
	return newPanels(n, k.Rows, dim, putColumns)
}

// Right makes empty panels for n rows of dim values, the columns of a product.
func (k Kernels) Right(n, dim int) Panels {
	if k.halves {
		return newPanels(n, k.Columns, (dim+blockDepth-1)/blockDepth*blockDepth, putHalvesRight)
	}
	return newPanels(n, k.Columns, dim, putColumns)
}

func newPanels(n, width, depth int, put func([]float32, int, int, []float64)) Panels {
	return Panels{width, width * depth, put, make([]float32, (n+width-1)/width*width*depth)}
}

// Fill puts the rows of panels from to to, of n in all. What row returns is read before it is called again.
func (p Panels) Fill(n int, row func(i int) []float64, from, to int) {
	for i := from * p.width; i < min(to*p.width, n); i++ {
		at := i / p.width * p.size
		p.put(p.data[at:at+p.size], p.width, i%p.width, row(i))
	}
}

// Count is the number of panels.
func (p Panels) Count() int {
	if p.size == 0 {
		return 0
	}
	return len(p.data) / p.size
}

// Slice is the panels from one on.
func (p Panels) Slice(from, n int) Panels {
	p.data = p.data[from*p.size : (from+n)*p.size]
	return p
}

// putColumns rounds to float32, column by column.
func putColumns(panel []float32, width, i int, row []float64) {
	for j, v := range row {
		panel[i+j*width] = float32(v)
	}
}

// AMX multiplies tiles of 16 rows and blockDepth columns of bfloat16, of which two lie in the room of a
// float32. A block of a panel is four of them: first halves of rows 0 to 15 and 16 to 31, then second halves.
const (
	blockDepth = 32
	tileSide   = 16
	tileSize   = tileSide * tileSide
)

func putHalvesLeft(panel []float32, _, i int, row []float64) {
	putHalves(panel, i/tileSide*tileSize+i%tileSide*tileSide, 1, row)
}

func putHalvesRight(panel []float32, _, i int, row []float64) {
	putHalves(panel, i/tileSide*tileSize+i%tileSide, tileSide, row)
}

// putHalves puts pairs of values of the row step apart, from a place in the first tile on.
func putHalves(panel []float32, at, step int, row []float64) {
	words := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(panel))), len(panel))
	for j, v := range row {
		first, second := halvesOf(v)
		to, shift := at+j/blockDepth*4*tileSize+j%blockDepth/2*step, 16*(j%2)
		words[to] |= uint32(first) << shift
		words[to+2*tileSize] |= uint32(second) << shift
	}
}

// halvesOf are a bfloat16, to nearest, and another of what it leaves.
func halvesOf(v float64) (first, second uint16) {
	first = bfloat16(v)
	return first, bfloat16(v - float64(math.Float32frombits(uint32(first)<<16)))
}

func bfloat16(v float64) uint16 {
	b := math.Float32bits(float32(v))
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}
