package rank

import (
	"math"
	"slices"

	"github.com/fastclip/fastclip/metrics/rank/tiles"
)

// fewThresholds is the largest number of relevant items that are compared with an item one by one. With
// more, the item's place among them is looked up.
const fewThresholds = 32

// side collects what is known about some queries while their items pass by. It holds the relevant items of
// each query in rank order, the number of other items above each and tied with it, and the best of those
// others.
type side struct {
	queries Unit
	items   Rows
	room    []float64 // buffer for dots
	ranker  *Ranker
	base    int // the first query
	off     float64

	count     []int32 // number of relevant items, by query
	from      []int32 // by query: its best relevant items are from[q-base] to from[q-base+1]
	relevant  []item
	sims      []float64     // similarities of the relevant items
	low, high []float32     // similarities lowered and raised by the largest error of a product
	many      []tiles.Steps // by query, for those with many relevant items; nil when no query has many

	// Counts of other items for each relevant item: certainly above, above after exact computation, tied,
	// and tied but before it by id.
	above, tied, before []int32
	best                []tiles.Best
	begin, end          []int32 // range of the relevant items whose ranks are wanted; empty for queries with many of them
}

// newSide is the side of queries from to to. own is the item that a query is, or -1.
func newSide(queries Unit, items Rows, r *Ranker, from, to int, relevant func(q int) []int32, own func(q int) int, off float64, workers int) *side {
	s := &side{queries: queries, items: items, room: roomFor(items), ranker: r, base: from, off: off, count: make([]int32, to-from), from: make([]int32, to-from+1)}
	lists := make([][]int32, to-from)
	for i := range lists {
		lists[i] = relevant(from + i)
		self := own(from + i)
		if at := lowerBound(lists[i], self); self >= 0 && at < len(lists[i]) && int(lists[i][at]) == self {
			lists[i] = slices.Delete(slices.Clone(lists[i]), at, at+1)
		}
		s.count[i] = int32(len(lists[i]))
		s.from[i+1] = s.from[i] + min(s.count[i], int32(max(r.first, topLen)))
	}
	n := s.from[to-from]
	s.relevant, s.sims, s.low, s.high = make([]item, n), make([]float64, n), make([]float32, n), make([]float32, n)
	share(to-from, workers, func(a, b int) {
		for i := a; i < b; i++ {
			s.list(i, lists[i])
		}
	})
	s.steps()
	return s.fork()
}

// list puts a query's relevant items in rank order, and keeps the best.
func (s *side) list(i int, list []int32) {
	found, sims := make([]item, len(list)), make([]float64, len(list))
	s.queries.dots(s.base+i, s.items, list, sims, s.room)
	for k, at := range list {
		found[k] = item{key: order(sims[k]), place: s.ranker.place[at], index: at}
	}
	slices.SortFunc(found, item.compare)
	from := s.from[i]
	for k := range copy(s.relevant[from:s.from[i+1]], found) {
		at, sim := int(from)+k, unorder(found[k].key)
		s.sims[at], s.low[at], s.high[at] = sim, below(sim-s.off), above(sim+s.off)
	}
}

// wanted is the range of a query's relevant items whose ranks the metrics depend on.
func (s *side) wanted(q int) (from, to int32) {
	return s.from[q], min(s.from[q+1], s.from[q]+int32(s.ranker.first))
}

// fork is a side for the same queries that has seen no item yet.
func (s *side) fork() *side {
	out := *s
	out.above, out.tied, out.before = make([]int32, len(s.sims)), make([]int32, len(s.sims)), make([]int32, len(s.sims))
	n := len(s.from) - 1
	out.best, out.begin, out.end = make([]tiles.Best, n), make([]int32, n), make([]int32, n)
	for q := range n {
		switch from, to := s.wanted(q); {
		case s.count[q] == 0:
			out.best[q].Bound = float32(math.Inf(1)) // nothing can be found
		case to-from <= fewThresholds:
			out.begin[q], out.end[q] = from, to
			fallthrough
		default:
			out.best[q].Bound = tiles.None
		}
	}
	return &out
}

// join adds what another side of the same queries has counted.
func (s *side) join(o *side) {
	for i := range s.above {
		s.above[i] += o.above[i]
		s.tied[i] += o.tied[i]
		s.before[i] += o.before[i]
	}
	for q := range s.best {
		for i := range o.best[q].N {
			s.offer(q, o.best[q].Product[i], o.best[q].Item[i])
		}
	}
}

// scan scans a tile of queries from to to. room holds as many places as the tile is wide.
func (s *side) scan(k tiles.Kernels, x tiles.Scan, from, to int, room []int32) {
	a, b := from-s.base, to-s.base
	x.Begin, x.End, x.Best = s.begin[a:b], s.end[a:b], s.best[a:b]
	x.Low, x.High, x.Above, x.Slack = s.low, s.high, s.above, float32(2*s.off)
	for more := true; more; {
		var near []tiles.Near
		var crowded int
		near, crowded, more = x.Next(k)
		s.decide(near, from)
		if crowded >= 0 {
			s.keepBest(a + crowded)
		}
	}
	for q := a; q < b; q++ {
		if from, to := s.wanted(q); to-from > fewThresholds {
			s.scanMany(k, q, x.Tile[(q-a)*x.Stride:(q-a)*x.Stride+x.N], x.First, room)
		}
	}
}

// decide computes exactly what was too near to a threshold.
func (s *side) decide(near []tiles.Near, from int) {
	var at [few]int32
	var sims [few]float64
	for len(near) > 0 {
		n := 1
		for at[0] = near[0].Item; n < min(few, len(near)) && near[n].Row == near[0].Row; n++ {
			at[n] = near[n].Item
		}
		s.queries.dots(from+int(near[0].Row), s.items, at[:n], sims[:n], s.room)
		for i := range n {
			s.countNear(near[i].Threshold, near[i].Item, order(sims[i]))
		}
		near = near[n:]
	}
}

// countNear counts an item that is near a relevant item.
func (s *side) countNear(threshold, at int32, key uint64) {
	switch r := s.relevant[threshold]; {
	case key > r.key:
		s.above[threshold]++
	case key == r.key:
		s.tied[threshold]++
		if s.ranker.place[at] < r.place {
			s.before[threshold]++
		}
	}
}
