package rank

import "fmt"

// Rows are a matrix of which a row at a time is wanted. A Unit is one; others take less memory.
type Rows interface {
	Shape() (n, dim int)
	Row(i int, into []float64) // of dim values
}

// Shape is N and Dim.
func (u Unit) Shape() (n, dim int) { return u.N, u.Dim }

// Row copies row i.
func (u Unit) Row(i int, into []float64) { copy(into, u.row(i)) }

// Raw are n rows of dim values that are normalised, as Normalise does, each time that they are asked for.
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

// Finite looks at the values before they are normalised.
func (r Raw) Finite() bool { return finite(r.data) }

// roomFor is what dots needs for rows that are made when they are asked for.
func roomFor(rows Rows) []float64 {
	if _, whole := rows.(Unit); whole {
		return nil
	}
	_, dim := rows.Shape()
	return make([]float64, few*dim)
}

// Part is rows from to to.
func (r Raw) Part(from, to int) Raw { return Raw{to - from, r.dim, r.data[from*r.dim : to*r.dim]} }

// Less is a without b, row by row; both have the same shape.
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

// Negative is a times -1.
func Negative(a Rows) Rows { return negative{a} }

type negative struct{ Rows }

func (n negative) Row(i int, into []float64) {
	n.Rows.Row(i, into)
	for k := range into {
		into[k] = -into[k]
	}
}
