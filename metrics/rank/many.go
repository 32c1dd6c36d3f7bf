package rank

import "github.com/fastclip/fastclip/metrics/rank/tiles"

// steps builds the Steps of the queries with many relevant items.
func (s *side) steps() {
	for q := range len(s.from) - 1 {
		from, to := s.wanted(q)
		if to-from <= fewThresholds {
			continue
		}
		if s.many == nil {
			s.many = make([]tiles.Steps, len(s.from)-1)
		}
		s.many[q] = tiles.NewSteps(s.low[from:to], s.high[from:to])
	}
}

// scanMany is the scan of a query with many relevant items. It counts an item only at the first relevant
// item that it is above. outcome then sums up the counts.
func (s *side) scanMany(k tiles.Kernels, q int, row []float32, first int, room []int32) {
	from, to := s.wanted(q)
	var sim [1]float64
	for _, i := range k.Count(s.many[q], row, s.above[from:to], room) {
		near, surely := s.many[q].Around(row[i])
		at := int32(first) + i
		s.queries.dots(s.base+q, s.items, []int32{at}, sim[:], s.room)
		if surely = s.countNearMany(int(from), near, surely, at, order(sim[0])); surely < int(to-from) {
			s.above[int(from)+surely]++
		}
	}
}

// countNearMany counts an item that is near the relevant items from near to end. It returns the first
// relevant item that the item is above.
func (s *side) countNearMany(from, near, end int, at int32, key uint64) int {
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
