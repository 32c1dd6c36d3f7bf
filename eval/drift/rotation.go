package drift

import (
	"runtime"

	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/metrics/procrustes"
	"github.com/fastclip/fastclip/metrics/rank"
)

// Rotation finds a rotation, transposed, and the largest error that it brings into a similarity; see
// procrustes.Find.
type Rotation func() (r *rank.Unit, slack float64)

// SharedTurn is the rotation of both towers together, for texts by pictures and pictures by texts.
func SharedTurn(refImages, refTexts rank.Unit, images, texts rank.Rows) (r *rank.Unit, slack float64) {
	return procrustes.Find(procrustes.Tower{Ref: refImages, Own: whole(images)}, procrustes.Tower{Ref: refTexts, Own: whole(texts)})
}

// rotated is every row of u times R. r is the transpose of R.
func rotated(u, r rank.Unit) rank.Unit {
	columns := r.Blocks()
	out, room := rank.Unit{N: u.N, Dim: u.Dim, Data: make([]float64, u.N*u.Dim)}, columns.Room()
	workers := runtime.NumCPU()
	machine.OnCores(workers, func(core int) {
		some := make([]float64, dotRows*room)
		for from := u.N * core / workers; from < u.N*(core+1)/workers; from += dotRows {
			to := min(from+dotRows, u.N*(core+1)/workers)
			u.DotAll(from, to, columns, some[:(to-from)*room])
			for i := range to - from {
				copy(out.Data[(from+i)*u.Dim:(from+i+1)*u.Dim], some[i*room:])
			}
		}
	})
	return out
}
