package tiles

// #include "exact.h"
import "C"

import (
	"fmt"

	"github.com/fastclip/fastclip/internal/isa"
)

// Blocks holds the rows of a matrix in float64, several side by side, column by column, in the order in which Dot
// reads them fast.
type Blocks struct {
	n, dim int
	data   []float64
}

// NewBlocks makes blocks from n rows of dim values.
func NewBlocks(rows []float64, n, dim int) Blocks {
	b := Blocks{n, dim, make([]float64, (n+C.ABREAST-1)/C.ABREAST*C.ABREAST*dim)}
	for i := range n {
		at := i/C.ABREAST*C.ABREAST*dim + i%C.ABREAST
		for k, v := range rows[i*dim : (i+1)*dim] {
			b.data[at+k*C.ABREAST] = v
		}
	}
	return b
}

// Room is the number of values that Dot writes for a query: those of the rows, and padding for the last block.
func (b Blocks) Room() int { return (b.n + C.ABREAST - 1) / C.ABREAST * C.ABREAST }

// Dot fills out with the products of n queries and every row, Room values per query. Each is the plain sum from
// the first column to the last, rounded after every step, on every processor. Four queries at once cost little
// more than one. It panics on other lengths.
func (b Blocks) Dot(queries []float64, n int, out []float64) { b.dot(isa.Used(), queries, n, out) }

func (b Blocks) dot(set isa.Set, queries []float64, n int, out []float64) {
	if len(queries) != n*b.dim || len(out) != n*b.Room() {
		panic(fmt.Sprintf("tiles: %d values of %d queries against rows of %d, room for %d of %d", len(queries), n, b.dim, len(out), n*b.Room()))
	}
	if len(out) == 0 || b.dim == 0 {
		clear(out)
		return
	}
	C.exact_dot(C.int(set.Bits()), (*C.double)(&queries[0]), C.int(n), (*C.double)(&b.data[0]), C.int(b.Room()/C.ABREAST), C.int(b.dim), (*C.double)(&out[0]))
}
