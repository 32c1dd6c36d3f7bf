package rank

import (
	"math"
	"slices"

	"github.com/fastclip/fastclip/metrics/rank/tiles"
)

// offer adds a candidate for the best of query base+q.
func (s *side) offer(q int, product float32, at int32) {
	b := &s.best[q]
	if product < b.Bound {
		return
	}
	if b.N == tiles.Keep {
		s.keepBest(q)
	}
	b.Product[b.N], b.Item[b.N] = product, at
	b.N++
}

// keepBest computes a query's candidates exactly, and keeps those that may be among the best.
func (s *side) keepBest(q int) {
	b := &s.best[q]
	found := s.candidates(q)
	found = found[:min(len(found), tiles.Top)]
	old := *b
	b.N = int32(len(found))
	for i, f := range found {
		b.Item[i], b.Product[i] = f.index, old.Product[slices.Index(old.Item[:old.N], f.index)]
	}
	if len(found) == tiles.Top {
		b.Bound = max(b.Bound, below(unorder(found[tiles.Top-1].key)-s.off))
	}
}

// candidates are the held candidates in rank order, without those that others certainly exceed.
func (s *side) candidates(q int) []item {
	b := &s.best[q]
	if b.N > tiles.Top {
		sorted := b.Product
		slices.Sort(sorted[:b.N])
		least, n := sorted[b.N-tiles.Top]-float32(2*s.off), int32(0)
		for i, p := range b.Product[:b.N] {
			if p >= least {
				b.Product[n], b.Item[n] = p, b.Item[i]
				n++
			}
		}
		b.N = n
	}
	var sims [tiles.Keep]float64
	s.queries.dots(s.base+q, s.items, b.Item[:b.N], sims[:b.N], s.room)
	found := make([]item, b.N)
	for i := range found {
		found[i] = item{key: order(sims[i]), place: s.ranker.place[b.Item[i]], index: b.Item[i]}
	}
	slices.SortFunc(found, item.compare)
	return found
}

// outcome is the final result of a query.
func (s *side) outcome(query int) Outcome {
	q := query - s.base
	if s.count[q] == 0 {
		return Outcome{}
	}
	others := s.candidates(q)
	out := Outcome{Relevant: int(s.count[q])}
	from, to := s.from[q], s.from[q+1]
	all := slices.Concat(s.relevant[from:min(to, from+topLen)], others)
	slices.SortFunc(all, item.compare)
	out.Top, out.TopHits = make([]int, min(len(all), topLen)), make([]bool, min(len(all), topLen))
	for i, it := range all[:len(out.Top)] {
		out.Top[i], out.TopHits[i] = int(it.index), !slices.Contains(others, it)
	}
	out.margins(s.sims[from], len(others), func(k int) float64 { return unorder(others[k].key) })
	from, to = s.wanted(q)
	plain, low, high := make([]int32, to-from), make([]int32, to-from), make([]int32, to-from)
	var sum int32
	for i := range plain {
		t := from + int32(i)
		if sum += s.above[t]; to-from <= fewThresholds {
			sum = s.above[t]
		}
		high[i] = sum + int32(i) + 1
		low[i], plain[i] = high[i]+s.tied[t], high[i]+s.before[t]
	}
	s.ranker.finish(&out, plain, low, high)
	return out
}

// below and above are float32 values that are certainly no greater and no smaller than v.
func below(v float64) float32 { return math.Nextafter32(float32(v), float32(math.Inf(-1))) }
func above(v float64) float32 { return math.Nextafter32(float32(v), float32(math.Inf(1))) }
