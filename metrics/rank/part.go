package rank

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/metrics/rank/tiles"
)

// Part is some of the queries of a search. The items pass by once, block after block. They are in memory
// only in the form in which they are given, which may be a file. Each outcome equals that of the whole
// search, to the last bit.
type Part struct {
	Queries, Items Raw
	Relevant       func(q int) []int32 // items that answer query q of this part, ascending
	Ranker         *Ranker
	Own            []int32 // by query: the item that it is, which it does not search for; nil when queries are no items

	block int // items per block; 0 means blockRows
}

// blockRows is the number of items in a block. It is a multiple of the columns of every kernel.
const blockRows = 1 << 16

// lane is some of the queries while the items pass by.
type lane struct {
	from, to int
	side     *side
	left     tiles.Panels
}

// Run searches on all cores. A query without relevant items has the zero Outcome.
func (p Part) Run(ctx context.Context) ([]Outcome, error) {
	if !p.Queries.Finite() || !p.Items.Finite() {
		return p.plain(ctx)
	}
	k := tiles.All()[0]
	s := Search{A: p.Queries.Unit(), B: Unit{N: p.Items.n, Dim: p.Items.dim}, Relevant: p.Relevant, ToB: p.Ranker, Self: p.Own != nil, own: p.Own}
	w := &searching{Search: s, kernels: k, off: k.Off(s.A.Dim), toB: make([]Outcome, s.A.N)}
	workers := min(runtime.GOMAXPROCS(0), runtime.NumCPU())
	each := (s.A.N + workers - 1) / workers
	w.stripe = max(1, min(tileHeight/k.Rows, (each+k.Rows-1)/k.Rows)) * k.Rows
	lanes := make([]lane, (s.A.N+w.stripe-1)/w.stripe)
	share(len(lanes), workers, func(from, to int) {
		for i := from; i < to; i++ {
			l := lane{from: i * w.stripe, to: min((i+1)*w.stripe, s.A.N)}
			l.side, l.left = newSide(s.A, p.Items, p.Ranker, l.from, l.to, p.Relevant, s.ownOf, w.off, 1), w.left(l.from, l.to)
			lanes[i] = l
		}
	})
	block := p.block
	if block == 0 {
		block = blockRows
	}
	for base := 0; base < p.Items.n; base += block {
		end := min(base+block, p.Items.n)
		if err := w.passAll(ctx, lanes, panels(p.Items, base, end, k.Right, workers), base, end, workers); err != nil {
			return nil, err
		}
	}
	share(len(lanes), workers, func(from, to int) {
		for _, l := range lanes[from:to] {
			for q := l.from; q < l.to; q++ {
				w.toB[q] = l.side.outcome(q)
			}
		}
	})
	return w.toB, ctx.Err()
}

// passAll passes a block by all lanes.
func (w *searching) passAll(ctx context.Context, lanes []lane, right tiles.Panels, base, end, workers int) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range workers {
		g.Go(func() error {
			b := w.buffers()
			for i := int(next.Add(1)) - 1; i < len(lanes); i = int(next.Add(1)) - 1 {
				if err := ctx.Err(); err != nil {
					return err
				}
				w.pass(lanes[i].side, lanes[i].left, lanes[i].from, lanes[i].to, right, base, end, nil, b)
			}
			return nil
		})
	}
	return g.Wait()
}

// plain is Run straight from the definition, one block of items at a time.
func (p Part) plain(ctx context.Context) ([]Outcome, error) {
	queries, n := p.Queries.Unit(), p.Items.n
	out, sims, flags := make([]Outcome, queries.N), make([]float64, n), make([]bool, n)
	for q := range out {
		list := p.Relevant(q)
		if len(list) == 0 {
			continue
		}
		for base := 0; base < n; base += blockRows {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			end := min(base+blockRows, n)
			queries.Dot(q, p.Items.Part(base, end).Unit(), sims[base:end])
		}
		clear(flags)
		for _, i := range list {
			flags[i] = true
		}
		exclude := -1
		if p.Own != nil {
			exclude = int(p.Own[q])
		}
		if o := p.Ranker.Query(sims, flags, exclude); o.Relevant > 0 {
			out[q] = o
		}
	}
	return out, nil
}
