package drift

// intervals is the verdict at k that follows from the interval of each similarity.
func (p *prover) intervals(w *proof, k int) Verdict {
	below, above := newGreatest(k), newGreatest(k)
	below.reset()
	above.reset()
	for i := range w.others {
		below.offer(w.low[i])
		above.offer(w.high[i])
	}
	hit, possible := false, false
	for _, r := range w.relevant {
		hit = hit || w.low[r] > above.at(k)
		possible = possible || !(below.at(k) > w.high[r])
	}
	switch {
	case hit:
		return certainHit
	case !possible:
		return certainMiss
	}
	return Undecided
}

// pairs is the verdict at k that follows from pairs of items. A certain outcome is the same as the
// reference's, so only that outcome is tried.
func (p *prover) pairs(w *proof, k int) Verdict {
	kth := -2.0 // below any similarity
	if k <= len(w.first) {
		kth = w.sims[w.first[k-1]]
	}
	if w.sims[w.relevant[0]] > kth {
		for _, r := range w.relevant {
			if !(w.sims[r] > kth) {
				break // k others come before it
			}
			if p.mayPass(w, r, k) < k {
				return certainHit
			}
		}
		return Undecided
	}
	for _, r := range w.relevant {
		if p.surelyBefore(w, r, k) < k {
			return Undecided
		}
	}
	return certainMiss
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
	between := p.between(p.items.Data, a, b) + rounding
	for _, f := range w.frames {
		if margin > f.turned[w.q]*between+p.between(f.diffs, a, b)+2*(rounding+f.slack) {
			return true
		}
	}
	return false
}

// between is the distance of two rows that have the items' shape.
func (p *prover) between(data []float64, a, b int32) float64 {
	dim := p.items.Dim
	return apart(data[int(a)*dim:(int(a)+1)*dim], data[int(b)*dim:(int(b)+1)*dim])
}
