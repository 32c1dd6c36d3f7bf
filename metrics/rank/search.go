package rank

import (
	"context"
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
