// Package procrustes finds the rotation that brings one set of embeddings closest to another.
package procrustes

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/fastclip/fastclip/metrics/rank"
)

// Dims is the largest number of dimensions for which a rotation is worth its time. With more, it takes many seconds.
const Dims = 1 << 10

const (
	rotatedRows = 1 << 12 // rows of a tower from which the rotation is found; any rotation is a valid one
	usefulGain  = 0.01    // least share of the squared drift that a rotation must remove to be useful
)

// Tower holds the same rows as embedded by the reference and by the variant.
type Tower struct{ Ref, Own rank.Unit }

// Find is the orthogonal matrix R that brings own times R nearest to ref, over some rows of all towers
// (Schönemann 1966: U times V' of own' ref = U S V', the polar factor of own' ref). It is nil when no rotation
// helps. R is returned transposed, so that own is multiplied with its rows.
//
// slack bounds how much a similarity can change through the rounding of R and of the products with it. Two
// errors matter.
//
// The first is that R is not exactly orthogonal. With E = RR' - I, (Rt').(Rv') - t'.v' = t'.E v', which is
// at most the Frobenius norm of E. That norm is computed, with an error below dim² eps (dim² sums of dim
// products of unit rows).
//
// The second is the product: a row times R is off by less than dim^1.5 eps. slack counts both several
// times over, because rotated rows are no longer exactly unit.
func Find(towers ...Tower) (r *rank.Unit, slack float64) {
	dim := towers[0].Ref.Dim
	product := rank.Unit{N: dim, Dim: dim, Data: make([]float64, dim*dim)} // ref' own
	var squared float64
	for _, t := range towers {
		ref, own := sample(t.Ref), sample(t.Own)
		floats.Add(product.Data, ref.Transposed().Times(own.Transposed()).Data)
		squared += floats.Dot(ref.Data, ref.Data) + floats.Dot(own.Data, own.Data)
	}
	trace := 0.0
	for i := range dim {
		trace += product.Data[i*dim+i]
	}
	const eps = 0x1p-52
	for _, nearest := range []func(rank.Unit) *rank.Unit{polar, bySVD} {
		found := nearest(product)
		if found == nil {
			continue
		}
		off := found.Times(*found)
		addDiagonal(off, -1)
		slack = 8 * (floats.Norm(off.Data, 2) + 2*eps*float64(dim)*float64(dim+8))
		if !(slack < 1e-6) {
			continue
		}
		// The sum of the products is that of the singular values.
		if aligned := floats.Dot(found.Data, product.Data); 2*(aligned-trace) > usefulGain*(squared-2*trace) {
			return found, slack
		}
		break
	}
	return nil, 0
}

// bySVD is polar by the singular value decomposition, which takes several times as long and misses no case.
func bySVD(m rank.Unit) *rank.Unit {
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(m.N, m.Dim, m.Data), mat.SVDFull) {
		return nil
	}
	var u, v, out mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	out.Mul(&u, v.T())
	return &rank.Unit{N: m.N, Dim: m.Dim, Data: out.RawMatrix().Data}
}

// sample has evenly spaced rows.
func sample(u rank.Unit) rank.Unit {
	n := min(u.N, rotatedRows)
	if n == u.N {
		return u
	}
	out := rank.Unit{N: n, Dim: u.Dim}
	for i := range n {
		at := i * u.N / n
		out.Data = append(out.Data, u.Data[at*u.Dim:(at+1)*u.Dim]...)
	}
	return out
}
