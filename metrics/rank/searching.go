package rank

import (
	"math"

	"github.com/fastclip/fastclip/metrics/rank/tiles"
)

// searching is a Search in progress.
type searching struct {
	Search
	kernels tiles.Kernels
	off     float64      // largest error of a product
	right   tiles.Panels // panels of B
	stripe  int          // number of rows of A that are worked on together
	toB     []Outcome
	back    *side // side of all rows of B, or nil
}

// buffers belong to one worker.
type buffers struct {
	tile, turned []float32
	near         []tiles.Near
	room         []int32
}

func (w *searching) buffers() *buffers {
	wide := (tileWidth + w.kernels.Columns - 1) / w.kernels.Columns * w.kernels.Columns
	return &buffers{make([]float32, w.stripe*wide), make([]float32, w.stripe*wide), make([]tiles.Near, fewThresholds*tileWidth), make([]int32, max(wide, w.stripe))}
}

// rows searches with rows from to to of A, and updates all rows of B with the same products.
func (w *searching) rows(from, to int, back *side, b *buffers) {
	ahead := newSide(w.A, w.B, w.ToB, from, to, w.Relevant, w.ownOf, w.off, 1)
	w.pass(ahead, w.left(from, to), from, to, w.right, 0, w.B.N, back, b)
	for q := from; q < to; q++ {
		w.toB[q] = ahead.outcome(q)
	}
}

// left has the panels of rows of A.
func (w *searching) left(from, to int) tiles.Panels {
	a := w.kernels.Left(to-from, w.A.Dim)
	a.Fill(to-from, func(i int) []float64 { return w.A.row(from + i) }, 0, a.Count())
	return a
}

// pass passes the rows base to end of B, whose panels are right.
func (w *searching) pass(ahead *side, a tiles.Panels, from, to int, right tiles.Panels, base, end int, back *side, b *buffers) {
	width := tileWidth / w.kernels.Columns
	stride := width * w.kernels.Columns
	for panel := 0; panel < right.Count(); panel += width {
		w.kernels.Multiply(a, right.Slice(panel, min(width, right.Count()-panel)), b.tile, stride)
		first := base + panel*w.kernels.Columns
		n := min(stride, end-first)
		w.hide(b.tile, stride, from, to, first, n)
		ahead.scan(w.kernels, tiles.Scan{Tile: b.tile, Stride: stride, N: n, First: first, Near: b.near}, from, to, b.room)
		if back != nil {
			tiles.Transpose(b.tile, stride, to-from, n, b.turned, w.stripe)
			back.scan(w.kernels, tiles.Scan{Tile: b.turned, Stride: w.stripe, N: to - from, First: from, Near: b.near}, first, first+n, b.room)
		}
	}
}

// hide lowers the products that must not be scanned below everything. These are the products of relevant
// items, which are known exactly, and of a row with itself.
func (w *searching) hide(tile []float32, stride, from, to, first, n int) {
	none := float32(math.Inf(-1))
	for q := from; q < to; q++ {
		row := tile[(q-from)*stride : (q-from)*stride+n]
		list := w.Relevant(q)
		for _, i := range list[lowerBound(list, first):] {
			if int(i) >= first+n {
				break
			}
			row[int(i)-first] = none
		}
		if own := w.ownOf(q); own >= first && own < first+n {
			row[own-first] = none
		}
	}
}

// lowerBound is the index of the first value that is at least v.
func lowerBound(list []int32, v int) int {
	lo, hi := 0, len(list)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); int(list[mid]) < v {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
