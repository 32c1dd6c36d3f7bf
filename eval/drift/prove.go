package drift

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/metrics/procrustes"
	"github.com/fastclip/fastclip/metrics/rank"
)

// Operations is the number of multiplications that the pair bounds of one search may take: before the
// rotation, and again after it. It stands for a few seconds. Each open query gets an equal part. Queries
// that are still open when their part is used up are "stopped" in the results.
const Operations = 1 << 32

// prover applies the certificates after the norm bound to the outcomes that the norm bound leaves open.
type prover struct {
	*flips
	queries, items rank.Unit // of the reference
	spread         []float64 // distance of each item from the items' mean
	squares        []float64 // of the items' norms
	plain          *frame
	turned         func() *frame // after the rotation; nil when no rotation helps
	each           int           // operations per query
}

// prove decides open outcomes. It needs finite rows.
func (f *flips) prove(ctx context.Context, refQueries, refItems rank.Unit, queries, items rank.Rows, turn Rotation, operations int) error {
	open := f.open()
	if len(open) == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	own := procrustes.Tower{Ref: refItems, Own: whole(items)}
	asking := procrustes.Tower{Ref: refQueries, Own: own.Own}
	if !f.ref.Self {
		asking.Own = whole(queries)
	}
	if !own.Own.Finite() || !asking.Own.Finite() {
		return nil
	}
	p := &prover{flips: f, queries: refQueries, items: refItems, spread: fromMean(refItems.Data, refItems.N, refItems.Dim), squares: squaresOf(refItems.Data, refItems.Dim), each: operations / len(open)}
	p.plain = newFrame(refQueries, refItems, asking.Own, own.Own, 8*0x1p-52*float64(refItems.Dim))
	p.turned = sync.OnceValue(func() *frame { return p.rotate(asking, own, turn) })
	p.run(ctx, open)
	return ctx.Err()
}

// rotate is the frame after the rotation.
func (p *prover) rotate(queries, items procrustes.Tower, turn Rotation) *frame {
	towers := []procrustes.Tower{items, queries}
	if p.ref.Self {
		towers = towers[:1]
	}
	if p.items.Dim > procrustes.Dims {
		return nil
	}
	if turn == nil || p.ref.Self {
		turn = func() (*rank.Unit, float64) { return procrustes.Find(towers...) }
	}
	r, slack := turn()
	if r == nil {
		return nil
	}
	own := items.Own.Times(*r)
	asking := own
	if !p.ref.Self {
		asking = queries.Own.Times(*r)
	}
	return newFrame(queries.Ref, items.Ref, asking, own, slack+p.plain.slack)
}

// open are the counted queries that still need a verdict.
func (f *flips) open() (out []int) {
	for at := range f.ref.Counted {
		if slices.ContainsFunc(f.out, func(b Budget) bool { return b.Verdicts[at] == Undecided }) {
			out = append(out, at)
		}
	}
	return out
}

func whole(rows rank.Rows) rank.Unit {
	if u, ok := rows.(rank.Unit); ok {
		return u
	}
	n, dim := rows.Shape()
	u := rank.Unit{N: n, Dim: dim, Data: make([]float64, n*dim)}
	machine.OnCores(n, func(i int) { rows.Row(i, u.Data[i*dim:(i+1)*dim]) })
	return u
}

// run works on a few queries at a time on each core.
func (p *prover) run(ctx context.Context, open []int) {
	blocks, workers := p.items.Blocks(), runtime.NumCPU()
	dim, room := p.items.Dim, blocks.Room()
	machine.OnCores(workers, func(core int) {
		w := p.work()
		some, sims := rank.Unit{Dim: dim, Data: make([]float64, dotRows*dim)}, make([]float64, dotRows*room)
		for from := core * dotRows; from < len(open) && ctx.Err() == nil; from += workers * dotRows {
			list := open[from:min(from+dotRows, len(open))]
			for i, at := range list {
				p.queries.Row(p.ref.Counted[at], some.Data[i*dim:(i+1)*dim])
			}
			some.N = len(list)
			some.DotAll(0, some.N, blocks, sims[:some.N*room])
			for i, at := range list {
				p.decide(w, at, sims[i*room:i*room+p.items.N])
			}
		}
	})
}

// proof is one query in progress.
type proof struct {
	at, q     int
	sims      []float64
	low, high []float64 // bounds of each similarity by the variant
	skip      []bool    // relevant items, the query itself, and those in first
	relevant  []int32   // greatest similarity first
	first     []int32   // the best of the other items, as many as the greatest cut
	frames    []*frame
	left      int // operations left
	stopped   bool
}

func (p *prover) work() *proof {
	n := p.items.N
	return &proof{low: make([]float64, n), high: make([]float64, n), skip: make([]bool, n)}
}

// decide tries one certificate after the other.
func (p *prover) decide(w *proof, at int, sims []float64) {
	p.begin(w, at, sims)
	defer w.end()
	if len(w.relevant) == 0 {
		return
	}
	for _, by := range []Certificate{Angle, Pair, Rotated} {
		if by != Pair {
			f := p.plain
			if by == Rotated {
				if f = p.turned(); f == nil {
					break
				}
			}
			f.narrow(w.q, w.sims, w.low, w.high)
			w.frames = append(w.frames, f)
			p.intervals(w, by)
		}
		if by != Angle {
			w.left = p.each
			p.pairs(w, by)
		}
		if !p.undecided(w.at) {
			return
		}
	}
	if w.stopped || p.items.Dim > procrustes.Dims {
		for i := range p.out {
			if p.out[i].Verdicts[at] == Undecided {
				p.out[i].By[at] = Stopped
			}
		}
	}
}

func (p *prover) undecided(at int) bool {
	return slices.ContainsFunc(p.out, func(b Budget) bool { return b.Verdicts[at] == Undecided })
}

// settle records a verdict.
func (p *prover) settle(w *proof, cut int, v Verdict, by Certificate) {
	p.out[cut].Verdicts[w.at], p.out[cut].By[w.at] = v, by
}

func (p *prover) begin(w *proof, at int, sims []float64) {
	w.at, w.q, w.sims, w.frames, w.stopped = at, p.ref.Counted[at], sims, w.frames[:0], false
	for i := range w.low {
		w.low[i], w.high[i] = math.Inf(-1), math.Inf(1)
	}
	w.relevant = w.relevant[:0]
	for _, i := range p.ref.Relevant[w.q] {
		if !p.ref.Self || int(i) != w.q {
			w.relevant = append(w.relevant, i)
		}
		w.skip[i] = true
	}
	if p.ref.Self {
		w.skip[w.q] = true
	}
	slices.SortFunc(w.relevant, func(a, b int32) int { return cmp.Compare(sims[b], sims[a]) })
	most := slices.Max(p.cuts)
	w.first = w.first[:0]
	for i, s := range sims {
		if w.skip[i] || len(w.first) == most && s <= sims[w.first[most-1]] {
			continue
		}
		if len(w.first) < most {
			w.first = append(w.first, 0)
		}
		at := len(w.first) - 1
		for ; at > 0 && s > sims[w.first[at-1]]; at-- {
			w.first[at] = w.first[at-1]
		}
		w.first[at] = int32(i)
	}
	for _, i := range w.first {
		w.skip[i] = true
	}
}

// end clears all skip marks.
func (w *proof) end() { clear(w.skip) }

// others has the items that are not relevant. The most promising ones come first.
func (w *proof) others(yield func(i int32) bool) {
	for _, i := range w.first {
		if !yield(i) {
			return
		}
	}
	for i, skip := range w.skip {
		if !skip && !yield(int32(i)) {
			return
		}
	}
}
