package rank

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/eval/rank/tiles"
)

// ProductRows is how many rows Products computes at a time.
const ProductRows = 96

// Pair is a matrix product: of every row of A with every row of B.
type Pair struct{ A, B Unit }

// Products computes sums of pairs in float32, ProductRows rows of A at a time on all cores: use gets
// rows from to to of every sum, each of as many values as B has rows, and is called concurrently for
// different rows; it must not keep them. The As have equally many rows, and so have the Bs.
// Every value must be finite. A product of unit rows is off by at most Off; of others by that
// times their norms.
func Products(ctx context.Context, sums [][]Pair, use func(from, to int, products [][]float32)) error {
	k := tiles.All()[0]
	type packed struct{ a, b tiles.Panels }
	var all [][]packed
	n, m := 0, 0
	for _, pairs := range sums {
		var list []packed
		for _, p := range pairs {
			n, m = p.A.N, p.B.N
			list = append(list, packed{panels(p.A, k.Left), panels(p.B, k.Right)})
		}
		all = append(all, list)
	}
	stride := (m + k.Columns - 1) / k.Columns * k.Columns
	height := (ProductRows + k.Rows - 1) / k.Rows // panels; ProductRows is a multiple of all kernels'
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), runtime.NumCPU()) { // each takes its memory
		g.Go(func() error {
			out := make([][]float32, len(all))
			for i := range out {
				out[i] = make([]float32, height*k.Rows*stride)
			}
			for from := int(next.Add(ProductRows)) - ProductRows; from < n; from = int(next.Add(ProductRows)) - ProductRows {
				if err := ctx.Err(); err != nil {
					return err
				}
				to := min(from+ProductRows, n)
				rows := (to - from + k.Rows - 1) / k.Rows
				for i, list := range all {
					for at, p := range list {
						multiply := k.MultiplyAdd
						if at == 0 {
							multiply = k.Multiply
						}
						multiply(p.a.Slice(from/k.Rows, rows), p.b, out[i], stride)
					}
				}
				use(from, to, compact(out, to-from, stride, m))
			}
			return nil
		})
	}
	return g.Wait()
}

func panels(u Unit, of func(n, dim int) tiles.Panels) tiles.Panels {
	p := of(u.N, u.Dim)
	share(p.Count(), coresFor(len(u.Data)), func(from, to int) { p.Fill(u.Data, from, to) })
	return p
}

// compact takes the padding out of rows that are stride apart.
func compact(out [][]float32, rows, stride, n int) [][]float32 {
	plain := make([][]float32, len(out))
	for i, o := range out {
		if stride != n {
			for r := 1; r < rows; r++ {
				copy(o[r*n:(r+1)*n], o[r*stride:r*stride+n])
			}
		}
		plain[i] = o[:rows*n]
	}
	return plain
}

// Less is u without v, row by row; both have the same shape.
func (u Unit) Less(v Unit) Unit {
	out := Unit{N: u.N, Dim: u.Dim, Data: make([]float64, len(u.Data))}
	for i, x := range u.Data {
		out.Data[i] = x - v.Data[i]
	}
	return out
}

// Scaled is u times a factor.
func (u Unit) Scaled(by float64) Unit {
	out := Unit{N: u.N, Dim: u.Dim, Data: make([]float64, len(u.Data))}
	for i, x := range u.Data {
		out.Data[i] = x * by
	}
	return out
}
