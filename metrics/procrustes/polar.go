package procrustes

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/fastclip/fastclip/metrics/rank"
)

const (
	least = 1e-4 // smaller singular values grow by a step's largest factor, 737, until they are as large
	seed  = 0x1p-50
	steps = 40 // a singular matrix takes about 10
)

// polar is the orthogonal matrix nearest to a square matrix, the orthogonal factor of its polar decomposition. It
// is found by the dynamically weighted Halley iteration (Nakatsukasa, Bai and Gygi 2010),
//
//	X becomes (b/c) X + (a - b/c) (I + c XX')^-1 X,
//
// which keeps the singular vectors, and brings singular values between low and 1 nearest to 1 for the weights of
// low. low stays above least, so that the inverse is accurate. A little of the identity decides directions that the
// matrix says nothing about. polar is nil when a singular value stays 0.
func polar(m rank.Unit) *rank.Unit {
	n, size := m.N, floats.Norm(m.Data, 2)
	if !(size > 0) {
		return nil
	}
	x := rank.Unit{N: n, Dim: n, Data: make([]float64, n*n)}
	floats.AddScaled(x.Data, 1/size, m.Data)
	addDiagonal(x, seed)
	low, known := least, false
	for range steps {
		a, b, c := weights(low)
		z := x.Times(x)
		floats.Scale(c, z.Data)
		addDiagonal(z, 1)
		inverse, ok := inverted(z)
		if !ok {
			return nil
		}
		if !known { // the greatest eigenvalue of the inverse, 1/(1+c low²), is at most its Frobenius norm
			low = min(low, math.Sqrt(max(0, 1/floats.Norm(inverse.Data, 2)-1)/c))
		}
		next := inverse.Times(x.Transposed())
		floats.Scale(a-b/c, next.Data)
		floats.AddScaled(next.Data, b/c, x.Data)
		x, low = next, low*(a+b*low*low)/(1+c*low*low)
		if known = known || low >= least; !known {
			low = least
		}
		if low > 1-1e-8 { // a last step of Newton and Schulz squares what is left
			cube := x.Times(x).Times(x.Transposed())
			floats.Scale(1.5, x.Data)
			floats.AddScaled(x.Data, -0.5, cube.Data)
			return &x
		}
	}
	return nil
}

// weights are the best of a step for singular values from low to 1.
func weights(low float64) (a, b, c float64) {
	square := low * low
	root := math.Sqrt(1 + math.Cbrt(4*max(0, 1-square)/(square*square)))
	a = root + math.Sqrt(8-4*(root*root-1)+8*(2-square)/(square*root))/2
	b = (a - 1) * (a - 1) / 4
	return a, b, a + b - 1
}

func addDiagonal(m rank.Unit, by float64) {
	for i := range m.N {
		m.Data[i*m.N+i] += by
	}
}

// small is the size up to which a matrix is inverted in one piece.
const small = 48

// inverted is the inverse of a symmetric positive definite matrix. It is made of the inverses of one quarter and
// of its Schur complement, so that nearly all the work is in products.
func inverted(m rank.Unit) (rank.Unit, bool) {
	n := m.N
	if n <= small {
		var factor mat.Cholesky
		var out mat.SymDense
		if !factor.Factorize(mat.NewSymDense(n, m.Data)) || factor.InverseTo(&out) != nil {
			return m, false
		}
		return rank.Unit{N: n, Dim: n, Data: mat.DenseCopyOf(&out).RawMatrix().Data}, true
	}
	h := n / 2
	first, ok := inverted(quarter(m, 0, h, 0, h))
	if !ok {
		return m, false
	}
	below := quarter(m, h, n, 0, h)
	turned := below.Times(first)
	complement := quarter(m, h, n, h, n)
	floats.Sub(complement.Data, below.Times(turned).Data)
	last, ok := inverted(complement)
	if !ok {
		return m, false
	}
	across := turned.Transposed()
	beside := across.Times(last)
	floats.Add(first.Data, beside.Times(across).Data)
	floats.Scale(-1, beside.Data)
	out := rank.Unit{N: n, Dim: n, Data: make([]float64, n*n)}
	put(out, first, 0, 0)
	put(out, beside, 0, h)
	put(out, beside.Transposed(), h, 0)
	put(out, last, h, h)
	return out, true
}

// quarter copies rows top to bottom, columns left to right.
func quarter(m rank.Unit, top, bottom, left, right int) rank.Unit {
	out := rank.Unit{N: bottom - top, Dim: right - left}
	for i := top; i < bottom; i++ {
		out.Data = append(out.Data, m.Data[i*m.Dim+left:i*m.Dim+right]...)
	}
	return out
}

func put(into, m rank.Unit, top, left int) {
	for i := range m.N {
		copy(into.Data[(top+i)*into.Dim+left:], m.Data[i*m.Dim:(i+1)*m.Dim])
	}
}
