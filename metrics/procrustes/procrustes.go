// Package procrustes finds the rotation that brings one set of embeddings closest to another.
package procrustes

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/fastclip/fastclip/metrics/rank"
)

// Dims is the largest number of dimensions for which a rotation is worth its time. With more, it takes minutes.
const Dims = 1 << 10

const (
	rotatedRows = 1 << 12 // rows of a tower from which the rotation is found; any rotation is a valid one
	usefulGain  = 0.01    // least share of the squared drift that a rotation must remove to be useful
)

// Tower holds the same rows as embedded by the reference and by the variant.
type Tower struct{ Ref, Own rank.Unit }

// Find is the orthogonal matrix R that brings own times R nearest to ref, over some rows of all towers
// (Schönemann 1966: U times V' of own' ref = U S V'). It is nil when no rotation helps. R is returned
// transposed, so that own is multiplied with its rows.
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
	var product, part mat.Dense
	var squared float64
	product.ReuseAs(dim, dim)
	for _, t := range towers {
		ref, own := sample(t.Ref), sample(t.Own)
		part.Reset()
		part.Mul(own.T(), ref)
		product.Add(&product, &part)
		squared += math.Pow(mat.Norm(ref, 2), 2) + math.Pow(mat.Norm(own, 2), 2)
	}
	var svd mat.SVD
	if !svd.Factorize(&product, mat.SVDFull) {
		return nil, 0
	}
	aligned := 0.0
	for _, v := range svd.Values(nil) {
		aligned += v
	}
	if before := squared - 2*mat.Trace(&product); !(2*(aligned-mat.Trace(&product)) > usefulGain*before) {
		return nil, 0
	}
	var u, v, found, off mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	found.Mul(&v, u.T()) // R transposed
	off.Mul(found.T(), &found)
	for i := range dim {
		off.Set(i, i, off.At(i, i)-1)
	}
	const eps = 0x1p-52
	slack = 8 * (mat.Norm(&off, 2) + 2*eps*float64(dim)*float64(dim+8))
	if !(slack < 1e-6) {
		return nil, 0
	}
	return &rank.Unit{N: dim, Dim: dim, Data: found.RawMatrix().Data}, slack
}

// sample has evenly spaced rows.
func sample(u rank.Unit) *mat.Dense {
	n := min(u.N, rotatedRows)
	out := mat.NewDense(n, u.Dim, nil)
	for i := range n {
		at := i * u.N / n
		out.SetRow(i, u.Data[at*u.Dim:(at+1)*u.Dim])
	}
	return out
}
