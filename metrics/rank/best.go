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
	found := s.exact(q, s.candidates(q), func(int) bool { return true })
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

// candidates are the held candidates by falling product, without those that others certainly exceed. Their
// keys are of the products.
func (s *side) candidates(q int) []item {
	b := &s.best[q]
	found := make([]item, b.N)
	for i, p := range b.Product[:b.N] {
		found[i] = item{key: order(float64(p)), place: s.ranker.place[b.Item[i]], index: b.Item[i]}
	}
	slices.SortFunc(found, item.compare)
	if len(found) > tiles.Top {
		least, n := unorder(found[tiles.Top-1].key)-2*s.off, tiles.Top
		for n < len(found) && unorder(found[n].key) >= least {
			n++
		}
		found = found[:n]
	}
	return found
}

// exact replaces the keys of wanted candidates by those of their similarities, and ranks all.
func (s *side) exact(q int, found []item, wanted func(i int) bool) []item {
	var at [tiles.Keep]int32
	var places [tiles.Keep]int
	var sims [tiles.Keep]float64
	n := 0
	for i, f := range found {
		if wanted(i) {
			at[n], places[n] = f.index, i
			n++
		}
	}
	s.queries.dots(s.base+q, s.items, at[:n], sims[:n], s.room)
	for k, i := range places[:n] {
		found[i].key = order(sims[k])
	}
	slices.SortFunc(found, item.compare)
	return found
}

// rivals are the best candidates in rank order. The keys of those that margins are measured from are exact,
// and so are those that the products cannot tell from other candidates or from the given relevant items.
func (s *side) rivals(q int, relevant []item) []item {
	found := s.candidates(q)
	var products [tiles.Keep]float64
	for i, f := range found {
		products[i] = unorder(f.key)
	}
	return s.exact(q, found, func(i int) bool {
		p := products[i]
		if slices.Contains(MarginCuts[:], i+1) || i > 0 && products[i-1]-p <= 2*s.off || i+1 < len(found) && p-products[i+1] <= 2*s.off {
			return true
		}
		return slices.ContainsFunc(relevant, func(r item) bool { return math.Abs(unorder(r.key)-p) <= s.off })
	})
}

// outcome is the final result of a query.
func (s *side) outcome(query int) Outcome {
	q := query - s.base
	if s.count[q] == 0 {
		return Outcome{}
	}
	out := Outcome{Relevant: int(s.count[q])}
	from, to := s.from[q], s.from[q+1]
	relevant := s.relevant[from:min(to, from+topLen)]
	others := s.rivals(q, relevant)
	all := slices.Concat(relevant, others)
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
