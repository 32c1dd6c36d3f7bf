package rank

import "sort"

// lookup finds a product's place among the many thresholds of a query: these are dealt out to cells of
// equal width, and only those of the product's own cell have to be looked at.
type lookup struct {
	least, scale float32
	// from[c] is how many thresholds are in cell c or above; they descend, so they come first.
	from []int32
}

// cellsPer is how many cells there are for each threshold.
const cellsPer = 4

// newLookup is of the upper ends of thresholds, descending, none of which is NaN.
func newLookup(high []float32) lookup {
	cells := cellsPer * len(high)
	l := lookup{least: high[len(high)-1], from: make([]int32, cells+1)}
	if width := high[0] - l.least; width > 0 && float32(cells)/width < 1e30 {
		l.scale = float32(cells) / width
	}
	for _, h := range high {
		l.from[l.cell(h)]++
	}
	for c := cells - 1; c >= 0; c-- {
		l.from[c] += l.from[c+1]
	}
	return l
}

// cell never falls when v rises, so that a threshold in a lower cell is below v, and v below one in a
// higher cell.
func (l *lookup) cell(v float32) int {
	last := float32(len(l.from) - 2)
	return int(max(0, min((v-l.least)*l.scale, last)))
}

// nearby is how many thresholds of a cell are looked at one by one.
const nearby = 8

// below is the first threshold whose upper end is below v, or their number.
func (l *lookup) below(high []float32, v float32) int {
	c := l.cell(v)
	at, end := int(l.from[c+1]), int(l.from[c])
	if end-at > nearby {
		return at + sort.Search(end-at, func(i int) bool { return high[at+i] < v })
	}
	for at < end && high[at] >= v {
		at++
	}
	return at
}

// lookups makes those of the queries with many relevant items.
func (s *side) lookups() {
	for q := range len(s.from) - 1 {
		from, to := s.wanted(q)
		if to-from <= fewThresholds {
			continue
		}
		if s.many == nil {
			s.many = make([]lookup, len(s.from)-1)
		}
		s.many[q] = newLookup(s.high[from:to])
	}
}

// scanMany is the scan of a query with many relevant items: an item is counted at the first that
// it is above, and outcome sums the counts up.
func (s *side) scanMany(q int, row []float32, first int) {
	from, to := s.wanted(q)
	low, high, above := s.low[from:to], s.high[from:to], s.above[from:to] // descending
	places, least := &s.many[q], low[len(low)-1]
	var sim [1]float64
	for i, product := range row {
		if product < least { // surely below all, or one that is not scanned
			continue
		}
		surely := places.below(high, product)
		near := surely
		for near > 0 && low[near-1] <= product {
			near--
		}
		if near < surely {
			at := int32(first + i)
			s.queries.dots(s.base+q, s.items, []int32{at}, sim[:])
			surely = s.compareMany(int(from), near, surely, at, order(sim[0]))
		}
		if surely < len(above) {
			above[surely]++
		}
	}
}

// compareMany counts an item that is near the relevant ones from near to end, and returns the
// first that it is above.
func (s *side) compareMany(from, near, end int, at int32, key uint64) int {
	for t := near; t < end; t++ {
		switch r := s.relevant[from+t]; {
		case key > r.key:
			return t
		case key == r.key:
			s.tied[from+t]++
			if s.ranker.place[at] < r.place {
				s.before[from+t]++
			}
		}
	}
	return end
}
