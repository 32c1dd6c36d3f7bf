package attribute

import (
	"math"

	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
)

// costShare is the part of its own work in the run that an encoder may do again for swaps. The variants whose swaps
// need it have equal shares of it.
const costShare = 6

// affords tells whether a variant's swaps may have samples of that size. It counts pictures and not seconds, so
// that every run of a suite takes the same sample.
func (s *Sampler) affords(v *variants.Variant, sets []*embed.Set, take int) bool {
	whole, part := 0, 0
	for _, set := range sets {
		whole += len(set.Good)
		part += len(s.swapped[set].strata.Take(take))
	}
	users := map[*variants.Lazy]map[*variants.Variant]bool{}
	for _, w := range s.Swaps {
		if s.Own[w.As.ImageKey] {
			continue
		}
		if users[w.As.Lazy] == nil {
			users[w.As.Lazy] = map[*variants.Variant]bool{}
		}
		users[w.As.Lazy][w.Of] = true
	}
	calls := map[*variants.Lazy]int{s.Reference.Lazy: 1} // the reference runs beside them
	for _, w := range s.beside(v) {
		calls[w.As.Lazy]++
	}
	for enc, n := range calls {
		if n*part*costShare*max(1, len(users[enc])) > s.Work[enc]*whole {
			return false
		}
	}
	return true
}

// tellsEnough tells whether the intervals of a variant's swaps are narrow enough, over all datasets
// together.
func (s *Sampler) tellsEnough(v *variants.Variant, sets []*embed.Set) bool {
	wholes := make([][]float64, len(sets))
	for i, set := range sets {
		wholes[i] = s.whole(set, v)
	}
	for _, w := range s.beside(v) {
		whole, off, value, variance := 0.0, 0.0, 0.0, 0.0
		for i, set := range sets {
			far, all := s.swapped[set].far[w], wholes[i]
			m, ok := s.Swap(set, w)
			if !ok || all == nil {
				continue
			}
			n := float64(len(all))
			for _, d := range all {
				whole += d
			}
			off, value = off+n*s.swapped[set].strata.Off(all, far), value+n*m.Value
			variance += n * n * m.Margin() * m.Margin()
		}
		if math.Sqrt(variance) > narrow*max(whole, value) || math.Abs(off) > near*whole {
			return false
		}
	}
	return true
}
