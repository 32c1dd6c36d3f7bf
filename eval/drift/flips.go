package drift

import (
	"context"
	"math"
	"runtime"
	"slices"

	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/metrics/rank"
)

// fewPairs is the number of similarities up to which the setup for float32 takes as long as computing
// them.
const fewPairs = 1 << 14

// Retrieval is one search of a set: its queries that have an answer, the answers of each query, whether the query
// is among the items, and the reference's outcome for each counted query.
type Retrieval struct {
	Counted  []int
	Relevant [][]int32
	Self     bool
	Outcomes []rank.Outcome
}

// FlipBudget computes the budgets of a search at each of cuts, which ascend, from the reference's units and outcomes and
// from the variant's rows. For many similarities, float32 decides with the norm bound what it can, and the
// verdicts are the same as in float64. The other certificates are tried on what the norm bound leaves
// open. turn is the rotation that both directions between two towers share; nil finds one for this search.
func FlipBudget(ctx context.Context, ref Retrieval, refQueries, refItems rank.Unit, queries, items rank.Rows, cuts []int, turn Rotation) ([]Budget, error) {
	f := newFlips(ref, refQueries, refItems, queries, items, cuts)
	finite := refQueries.Finite() && refItems.Finite()
	if len(ref.Counted)*refItems.N < fewPairs || !finite {
		f.plain(refQueries, refItems)
	} else if err := f.fast(ctx, refQueries, refItems); err != nil {
		return f.out, err
	}
	f.norms()
	if !finite {
		return f.out, ctx.Err()
	}
	return f.out, f.prove(ctx, refQueries, refItems, queries, items, turn, Operations)
}

// norms records what the norm bound has decided.
func (f *flips) norms() {
	for i := range f.out {
		for at, v := range f.out[i].Verdicts {
			if v != Undecided {
				f.out[i].By[at] = Norm
			}
		}
	}
}

// plain gives each core a piece of the queries.
func (f *flips) plain(queries, items rank.Unit) {
	n, workers := len(f.ref.Counted), runtime.NumCPU()
	machine.OnCores(workers, func(core int) {
		w := f.work(items.N)
		for at := n * core / workers; at < n*(core+1)/workers; at++ {
			if !f.same(at) {
				f.exact(w, at, queries, items)
			}
		}
	})
}

func (f *flips) exact(w *flipWork, at int, queries, items rank.Unit) {
	queries.Dot(f.ref.Counted[at], items, w.sims)
	f.decide(w, at, 0)
}

func (f *flips) fast(ctx context.Context, queries, items rank.Unit) error {
	counted, slack := f.ref.Counted, rank.Off(items.Dim)
	return rank.Products(ctx, [][]rank.Pair{{{A: queries, B: items}}}, func(from, to int, products [][]float32) {
		w := f.work(items.N)
		first, _ := slices.BinarySearch(counted, from) // ascending
		for at := first; at < len(counted) && counted[at] < to; at++ {
			if f.same(at) {
				continue
			}
			row := counted[at] - from
			for i, p := range products[0][row*items.N : (row+1)*items.N] {
				w.sims[i] = float64(p)
			}
			if !f.decide(w, at, slack) {
				f.exact(w, at, queries, items)
			}
		}
	})
}

// flips is a flip budget in progress.
type flips struct {
	ref           Retrieval
	cuts          []int
	moved, turned []float64 // of items and of queries
	still         bool      // no item has moved
	out           []Budget
}

func newFlips(ref Retrieval, refQueries, refItems rank.Unit, queries, items rank.Rows, cuts []int) *flips {
	f := &flips{ref: ref, cuts: cuts, moved: distances(refItems, items), turned: distances(refQueries, queries), out: make([]Budget, len(cuts))}
	for i := range f.out {
		f.out[i] = Budget{make([]Verdict, len(f.ref.Counted)), make([]Certificate, len(f.ref.Counted))}
	}
	f.still = !slices.ContainsFunc(f.moved, func(by float64) bool { return by > 0 })
	return f
}

// flipWork is what one core needs.
type flipWork struct {
	sims         []float64
	relevant     []bool
	below, above *greatest // of the irrelevant items: s - b and s + b
}

func (f *flips) work(items int) *flipWork {
	most := slices.Max(f.cuts)
	return &flipWork{make([]float64, items), make([]bool, items), newGreatest(most), newGreatest(most)}
}

// same decides a query whose similarities are exactly the same, ties included.
func (f *flips) same(at int) bool {
	if !f.still || f.turned[f.ref.Counted[at]] != 0 {
		return false
	}
	for i, k := range f.cuts {
		v := certainMiss
		if f.ref.Outcomes[at].Rank <= k {
			v = certainHit
		}
		f.out[i].Verdicts[at] = v
	}
	return true
}

// decide finds a query's verdicts from similarities with an error of at most slack. It is false when that
// precision is not enough.
func (f *flips) decide(w *flipWork, at int, slack float64) bool {
	q := f.ref.Counted[at]
	for _, i := range f.ref.Relevant[q] {
		w.relevant[i] = true
	}
	w.below.reset()
	w.above.reset()
	inLow, inHigh := math.Inf(-1), math.Inf(-1)
	for i, s := range w.sims {
		switch by := f.turned[q] + f.moved[i]; {
		case f.ref.Self && i == q:
		case w.relevant[i]:
			inLow, inHigh = max(inLow, s-by), max(inHigh, s+by)
		default:
			w.below.offer(s - by)
			w.above.offer(s + by)
		}
	}
	for _, i := range f.ref.Relevant[q] {
		w.relevant[i] = false
	}
	for i, k := range f.cuts {
		v := Undecided
		switch hit, miss := inLow-w.above.at(k), w.below.at(k)-inHigh; {
		case hit > 2*slack:
			v = certainHit
		case hit > -2*slack:
			return false
		case miss > 2*slack:
			v = certainMiss
		case miss > -2*slack:
			return false
		}
		f.out[i].Verdicts[at] = v
	}
	return true
}
