package drift

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// intervals decides what it can of a query's open cuts from the interval of each similarity.
func (p *prover) intervals(w *proof, by Certificate) {
	most := slices.Max(p.cuts)
	below, above := newGreatest(most), newGreatest(most)
	below.reset()
	above.reset()
	for i := range w.others {
		below.offer(w.low[i])
		above.offer(w.high[i])
	}
	low, high := math.Inf(-1), math.Inf(-1) // of the best relevant item
	for _, r := range w.relevant {
		low, high = max(low, w.low[r]), max(high, w.high[r])
	}
	for i, k := range p.cuts {
		switch {
		case p.out[i].Verdicts[w.at] != Undecided:
		case low > above.at(k):
			p.settle(w, i, certainHit, by)
		case below.at(k) > high:
			p.settle(w, i, certainMiss, by)
		}
	}
}

// pairs decides what it can of a query's open cuts from pairs of items. A certain outcome is the same as the
// reference's, so only that outcome is tried. One count of pairs serves all cuts.
func (p *prover) pairs(w *proof, by Certificate) {
	var hits, misses []int // places in cuts, by the reference's outcome
	for i, k := range p.cuts {
		switch {
		case p.out[i].Verdicts[w.at] != Undecided:
		case w.sims[w.relevant[0]] > w.kth(k):
			hits = append(hits, i)
		default:
			misses = append(misses, i)
		}
	}
	for _, r := range w.relevant {
		last := len(hits) - 1
		if last < 0 || !(w.sims[r] > w.kth(p.cuts[hits[last]])) { // so many others come before it
			break
		}
		n := p.mayPass(w, r, p.cuts[hits[last]])
		for ; last >= 0 && n < p.cuts[hits[last]]; last-- {
			p.settle(w, hits[last], certainHit, by)
		}
		hits = hits[:last+1]
	}
	if len(misses) == 0 {
		return
	}
	before := p.cuts[misses[len(misses)-1]] // others that surely come before every relevant item
	for _, r := range w.relevant {
		if before = p.surelyBefore(w, r, before); before < p.cuts[misses[0]] {
			break
		}
	}
	for _, i := range misses {
		if p.cuts[i] <= before {
			p.settle(w, i, certainMiss, by)
		}
	}
}

// kth is the kth greatest similarity of the others. With fewer it is below any similarity.
func (w *proof) kth(k int) float64 {
	if k > len(w.first) {
		return -2
	}
	return w.sims[w.first[k-1]]
}

// mayPass counts the others that are not proven to come after r. It stops at enough.
func (p *prover) mayPass(w *proof, r int32, enough int) (n int) {
	for i := range w.others {
		if !p.before(w, r, i) {
			if n++; n == enough || w.stopped {
				return enough
			}
		}
	}
	return n
}

// surelyBefore counts the others that are proven to come before r. It stops at enough.
func (p *prover) surelyBefore(w *proof, r int32, enough int) (n int) {
	for i := range w.others {
		if p.before(w, i, r) {
			if n++; n == enough {
				break
			}
		} else if w.stopped {
			break
		}
	}
	return n
}

// glance is the cost of looking at a pair, in multiplications.
const glance = 4

// before tells whether a is proven to come before b, by their intervals or by a pair bound.
func (p *prover) before(w *proof, a, b int32) bool {
	if w.left -= glance; w.left < 0 {
		w.stopped = true
		return false
	}
	if w.low[a] > w.high[b] {
		return true
	}
	margin := w.sims[a] - w.sims[b]
	if margin <= 0 {
		return false
	}
	for _, f := range w.frames {
		if margin > f.turned[w.q]*(p.spread[a]+p.spread[b])+f.apart[a]+f.apart[b]+2*(rounding+f.slack) {
			return true
		}
	}
	w.left -= p.items.Dim * (1 + len(w.frames))
	for _, f := range w.frames {
		turned, off, moved := f.turned[w.q], 2*(rounding+f.slack), p.atLeast(f.diffs, f.squares, a, b)
		if margin > moved+off && margin > turned*p.atLeast(p.items.Data, p.squares, a, b)+moved+off &&
			margin > turned*(p.between(p.items.Data, a, b)+rounding)+p.between(f.diffs, a, b)+off {
			return true
		}
	}
	return false
}

// atLeast is a lower bound of between from a product, which takes a fraction of the time. A margin that is too
// small for it is too small for between. squares are those of the rows' norms; |a-b|² = |a|² + |b|² - 2 a.b is off
// by less than dim eps (|a|² + |b|²).
func (p *prover) atLeast(data, squares []float64, a, b int32) float64 {
	dim := p.items.Dim
	product := floats.Dot(data[int(a)*dim:(int(a)+1)*dim], data[int(b)*dim:(int(b)+1)*dim])
	return math.Sqrt(max(0, (squares[a]+squares[b])*(1-2*0x1p-52*float64(dim))-2*product))
}

// squaresOf are the squared norms of rows.
func squaresOf(data []float64, dim int) []float64 {
	out := make([]float64, len(data)/dim)
	for i := range out {
		row := data[i*dim : (i+1)*dim]
		out[i] = floats.Dot(row, row)
	}
	return out
}

// between is the distance of two rows that have the items' shape.
func (p *prover) between(data []float64, a, b int32) float64 {
	dim := p.items.Dim
	return apart(data[int(a)*dim:(int(a)+1)*dim], data[int(b)*dim:(int(b)+1)*dim])
}
