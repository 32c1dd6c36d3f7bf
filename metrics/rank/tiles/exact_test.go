package tiles

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/isa"
)

// TestDotOnEverySet: each instruction set of this machine gives the bits of a plain loop.
func TestDotOnEverySet(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, c := range [][3]int{{1, 1, 1}, {3, 17, 5}, {4, 16, 64}, {7, 50, 129}} {
		n, m, dim := c[0], c[1], c[2]
		queries, rows := make([]float64, n*dim), make([]float64, m*dim)
		for _, v := range [][]float64{queries, rows} {
			for i := range v {
				v[i] = r.NormFloat64()
			}
		}
		blocks := NewBlocks(rows, m, dim)
		for _, set := range isa.All() {
			out := make([]float64, n*blocks.Room())
			blocks.dot(set, queries, n, out)
			for i := range n {
				for j := range m {
					var sum float64
					for k := range dim {
						sum += float64(queries[i*dim+k] * rows[j*dim+k])
					}
					require.Equal(t, math.Float64bits(sum), math.Float64bits(out[i*blocks.Room()+j]), "%s: %v", set, c)
				}
			}
		}
	}
}
