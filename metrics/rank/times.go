package rank

import "runtime"

// timesRows is the number of rows that Times computes at a time.
const timesRows = 8

// Times is u times the transpose of v: its row i has the products of u's row i and every row of v, as Dot gives
// them. u and v need not have unit rows, and nor has the result.
func (u Unit) Times(v Unit) Unit {
	columns := v.Blocks()
	out, room := Unit{N: u.N, Dim: v.N, Data: make([]float64, u.N*v.N)}, columns.Room()
	share(u.N, min(runtime.GOMAXPROCS(0), u.N*v.N*u.Dim>>20+1), func(begin, end int) {
		some := make([]float64, timesRows*room)
		for from := begin; from < end; from += timesRows {
			to := min(from+timesRows, end)
			u.DotAll(from, to, columns, some[:(to-from)*room])
			for i := range to - from {
				copy(out.row(from+i), some[i*room:])
			}
		}
	})
	return out
}

// Transposed has u's columns as its rows.
func (u Unit) Transposed() Unit {
	out := Unit{N: u.Dim, Dim: u.N, Data: make([]float64, len(u.Data))}
	for from := 0; from < u.N; from += timesRows { // few rows at a time stay in the fastest cache
		for j := range u.Dim {
			for i := from; i < min(from+timesRows, u.N); i++ {
				out.Data[j*u.N+i] = u.Data[i*u.Dim+j]
			}
		}
	}
	return out
}
