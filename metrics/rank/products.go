package rank

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/metrics/rank/tiles"
)

// ProductRows is the number of rows that Products computes at a time.
const ProductRows = 96

// Pair is a matrix product: every row of A with every row of B.
type Pair struct{ A, B Rows }

// Products computes sums of pairs in float32 on all cores, ProductRows rows of A at a time. It calls use
// with rows from to to of every sum; each row has as many values as B has rows. use is called concurrently
// for different rows, and must not keep them.
//
// All As have the same number of rows, and so have all Bs. Every value must be finite. A product of unit
// rows is off by at most Off; a product of other rows by Off times their norms.
func Products(ctx context.Context, sums [][]Pair, use func(from, to int, products [][]float32)) error {
	n, m := shape(sums)
	return ProductsOf(ctx, sums, 0, n, 0, m, use)
}

// shape is the number of rows of the As and of the Bs.
func shape(sums [][]Pair) (n, m int) {
	for _, pairs := range sums {
		for _, p := range pairs {
			n, _ = p.A.Shape()
			m, _ = p.B.Shape()
		}
	}
	return n, m
}

// ProductsOf is Products of rows begin to end of A and of rows first to last of B. begin must be a
// multiple of ProductRows.
func ProductsOf(ctx context.Context, sums [][]Pair, begin, end, first, last int, use func(from, to int, products [][]float32)) error {
	k := tiles.All()[0]
	type packed struct {
		a Rows // packed one stripe at a time
		b tiles.Panels
	}
	var all [][]packed
	m := last - first
	for _, pairs := range sums {
		var list []packed
		for _, p := range pairs {
			list = append(list, packed{p.A, panels(p.B, first, last, k.Right, runtime.GOMAXPROCS(0))})
		}
		all = append(all, list)
	}
	stride := (m + k.Columns - 1) / k.Columns * k.Columns
	height := (ProductRows + k.Rows - 1) / k.Rows // in panels; ProductRows is a multiple of every kernel's rows
	var next atomic.Int64
	next.Store(int64(begin))
	g, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), runtime.NumCPU()) { // each worker needs its own memory
		g.Go(func() error {
			out := make([][]float32, len(all))
			for i := range out {
				out[i] = make([]float32, height*k.Rows*stride)
			}
			for from := int(next.Add(ProductRows)) - ProductRows; from < end; from = int(next.Add(ProductRows)) - ProductRows {
				if err := ctx.Err(); err != nil {
					return err
				}
				to := min(from+ProductRows, end)
				for i, list := range all {
					for at, p := range list {
						multiply := k.MultiplyAdd
						if at == 0 {
							multiply = k.Multiply
						}
						multiply(panels(p.a, from, to, k.Left, 1), p.b, out[i], stride)
					}
				}
				use(from, to, compact(out, to-from, stride, m))
			}
			return nil
		})
	}
	return g.Wait()
}

// panels packs rows from to to.
func panels(rows Rows, from, to int, of func(n, dim int) tiles.Panels, cores int) tiles.Panels {
	_, dim := rows.Shape()
	p := of(to-from, dim)
	share(p.Count(), min(cores, coresFor((to-from)*dim)), func(a, b int) {
		row := make([]float64, dim)
		p.Fill(to-from, func(i int) []float64 { rows.Row(from+i, row); return row }, a, b)
	})
	return p
}

// compact removes the padding from rows that are stride apart.
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
