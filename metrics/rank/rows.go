package rank

import "fmt"

// Rows is a matrix that is read one row at a time. A Unit is one; other implementations take less memory.
type Rows interface {
	Shape() (n, dim int)
	Row(i int, into []float64) // writes dim values
}

// Shape is N and Dim.
func (u Unit) Shape() (n, dim int) { return u.N, u.Dim }

// Row copies row i.
func (u Unit) Row(i int, into []float64) { copy(into, u.row(i)) }

// Raw holds n rows of dim values. It normalises a row, as Normalise does, each time the row is read.
type Raw struct {
	n, dim int
	data   []float32
}

// NewRaw panics unless data has n*dim values.
func NewRaw(data []float32, n, dim int) Raw {
	if n < 0 || dim < 0 || len(data) != n*dim {
		panic(fmt.Sprintf("rank: %d values for %d rows of %d", len(data), n, dim))
	}
	return Raw{n, dim, data}
}

// Unit is all rows, normalised.
func (r Raw) Unit() Unit {
	u := Unit{N: r.n, Dim: r.dim, Data: make([]float64, len(r.data))}
	share(r.n, coresFor(len(r.data)), func(from, to int) {
		for i := from; i < to; i++ {
			r.Row(i, u.row(i))
		}
	})
	return u
}

// Shape is n and dim.
func (r Raw) Shape() (n, dim int) { return r.n, r.dim }

// Row normalises row i.
func (r Raw) Row(i int, into []float64) { normalise(r.data[i*r.dim:(i+1)*r.dim], into) }

// Finite checks the values before they are normalised.
func (r Raw) Finite() bool { return finite(r.data) }

// roomFor is the buffer that dots needs for rows that are made on request.
func roomFor(rows Rows) []float64 {
	if _, whole := rows.(Unit); whole {
		return nil
	}
	_, dim := rows.Shape()
	return make([]float64, few*dim)
}

// Part has the rows from to to.
func (r Raw) Part(from, to int) Raw { return Raw{to - from, r.dim, r.data[from*r.dim : to*r.dim]} }

// Pick has the given rows, in their order.
func (r Raw) Pick(rows []int) Raw {
	out := Raw{len(rows), r.dim, make([]float32, 0, len(rows)*r.dim)}
	for _, i := range rows {
		out.data = append(out.data, r.data[i*r.dim:(i+1)*r.dim]...)
	}
	return out
}

// Less is a minus b, row by row. Both must have the same shape.
func Less(a, b Rows) Rows { return less{a, b} }

type less struct{ a, b Rows }

func (l less) Shape() (n, dim int) { return l.a.Shape() }

func (l less) Row(i int, into []float64) {
	l.a.Row(i, into)
	other := make([]float64, len(into))
	l.b.Row(i, other)
	for k, v := range other {
		into[k] -= v
	}
}

// Negative is a multiplied by -1.
func Negative(a Rows) Rows { return negative{a} }

type negative struct{ Rows }

func (n negative) Row(i int, into []float64) {
	n.Rows.Row(i, into)
	for k := range into {
		into[k] = -into[k]
	}
}
