package rank

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/metrics/rank/tiles"
)

// Search ranks the rows of B for every row of A and, if ToA is given, the rows of A for every row of B.
// Each result equals that of Query for the similarities of Dot, to the last bit and tie. But the whole
// matrix is never in memory, and nearly all of it is computed in float32 or less. What that precision
// cannot decide is computed again.
type Search struct {
	A, B Unit
	// Relevant lists the rows of B that answer a row of A, ascending. The rows of A that answer a row of B
	// follow from the same lists.
	Relevant func(a int) []int32
	ToB, ToA *Ranker
	Self     bool // A is B, and a row is not its own item

	own []int32 // the rows of B that the rows of A are; nil for A's own numbers
}

// ownOf is the row of B that a row of A is, or -1.
func (s Search) ownOf(a int) int {
	switch {
	case !s.Self:
		return -1
	case s.own != nil:
		return int(s.own[a])
	}
	return a
}

// The width and the largest height of a tile. Two tiles and the panels of their rows fit into 2 MB of
// cache.
const (
	tileWidth  = 512
	tileHeight = 192
)

// Run searches on all cores. Each core has its own candidates for every row of B. A row without relevant
// items has the zero Outcome.
func (s Search) Run(ctx context.Context) (toB, toA []Outcome, err error) {
	if !s.A.Finite() || !s.B.Finite() {
		return s.plain(ctx)
	}
	return s.run(ctx, tiles.All()[0], min(runtime.GOMAXPROCS(0), runtime.NumCPU()))
}

// plain is Run straight from the definition.
func (s Search) plain(ctx context.Context) (toB, toA []Outcome, err error) {
	relevant := make([][]int32, s.A.N)
	for a := range relevant {
		relevant[a] = s.Relevant(a)
	}
	if toB, err = plainWay(ctx, s.A, s.B, relevant, s.ToB, s.Self); err != nil || s.ToA == nil {
		return toB, nil, err
	}
	toA, err = plainWay(ctx, s.B, s.A, inverse(relevant, s.B.N), s.ToA, s.Self)
	return toB, toA, err
}

func plainWay(ctx context.Context, queries, items Unit, relevant [][]int32, r *Ranker, self bool) ([]Outcome, error) {
	out := make([]Outcome, queries.N)
	sims, flags := make([]float64, items.N), make([]bool, items.N)
	for q, list := range relevant {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(list) == 0 {
			continue
		}
		clear(flags)
		for _, i := range list {
			flags[i] = true
		}
		queries.Dot(q, items, sims)
		exclude := -1
		if self {
			exclude = q
		}
		if o := r.Query(sims, flags, exclude); o.Relevant > 0 {
			out[q] = o
		}
	}
	return out, nil
}

// inverse lists, for each of n items, the queries that list the item.
func inverse(relevant [][]int32, n int) [][]int32 {
	out := make([][]int32, n)
	for q, list := range relevant {
		for _, i := range list {
			out[i] = append(out[i], int32(q))
		}
	}
	return out
}

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

func (s Search) run(ctx context.Context, k tiles.Kernels, workers int) (toB, toA []Outcome, err error) {
	w := &searching{Search: s, kernels: k, off: k.Off(s.A.Dim), toB: make([]Outcome, s.A.N)}
	w.right = k.Right(s.B.N, s.B.Dim)
	share(w.right.Count(), workers, func(from, to int) { w.right.Fill(s.B.N, s.B.row, from, to) })
	each := (s.A.N + workers - 1) / workers
	w.stripe = max(1, min(tileHeight/k.Rows, (each+k.Rows-1)/k.Rows)) * k.Rows
	if s.ToA != nil {
		relevant := make([][]int32, s.A.N)
		for a := range relevant {
			relevant[a] = s.Relevant(a)
		}
		lists := inverse(relevant, s.B.N)
		w.back = newSide(s.B, s.A, s.ToA, 0, s.B.N, func(b int) []int32 { return lists[b] }, s.ownOf, w.off, workers)
	}
	backs := make([]*side, workers)
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for i := range workers {
		g.Go(func() error {
			if w.back != nil {
				backs[i] = w.back.fork()
			}
			b := w.buffers()
			for from := int(next.Add(int64(w.stripe))) - w.stripe; from < s.A.N; from = int(next.Add(int64(w.stripe))) - w.stripe {
				if err := ctx.Err(); err != nil {
					return err
				}
				w.rows(from, min(from+w.stripe, s.A.N), backs[i], b)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	if w.back == nil {
		return w.toB, nil, nil
	}
	for _, b := range backs {
		w.back.join(b)
	}
	toA = make([]Outcome, s.B.N)
	share(s.B.N, workers, func(from, to int) {
		for q := from; q < to; q++ {
			toA[q] = w.back.outcome(q)
		}
	})
	return w.toB, toA, nil
}

// share divides n items among the workers.
func share(n, workers int, do func(from, to int)) {
	if workers == 1 || n < 2 {
		do(0, n)
		return
	}
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() { do(n*i/workers, n*(i+1)/workers) })
	}
	all.Wait()
}

// Off bounds the error that Products makes in a product of two rows of norm 1.
func Off(dim int) float64 { return tiles.All()[0].Off(dim) }

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
