package resample

import (
	"math"
	"slices"
)

// axis is one axis of a resize: the output positions [from, to) of out.
type axis struct{ in, out, from, to int }

// axisWeights holds the weights of an axis in the form that a set needs. They are in groups, and each
// group begins at a multiple of the form's align. Positions count from need[0].
type axisWeights struct {
	first, last []int32 // the positions that have weights
	weights     []byte
	groups      int
	bits, short int    // bits: bits after the point; short: 1 for 16-bit weights
	need        [2]int // range of input positions that are read
}

// weigher computes the weights of an axis, with precision bits after the point.
type weigher interface {
	id() string // differs when the weights differ
	axis(mem *Scratch, in, out, from, to int) (t weights, need [2]int)
}

// axisKey names what an axisWeights depends on.
type axisKey struct {
	axis
	weigher         string
	form, size, div int
}

// axisCache keeps the weights that were needed last, with their memory. Pictures of the same size often
// follow each other.
type axisCache struct {
	known [8]struct {
		key axisKey
		is  axisWeights
	}
	next int
}

// axes are the caches in mem for the weights of x and y. They are separate, so that neither replaces the
// other, and nil without mem.
func (s *Scratch) axes() (x, y *axisCache) {
	if s == nil {
		return nil, nil
	}
	return &s.x, &s.y
}

// get has the weights of a, in groups of size that begin at multiples of align. It is false when the form
// cannot take such weights. The result is valid until the next get.
func (c *axisCache) get(mem *Scratch, f form, k weigher, a axis, size, align int) (*axisWeights, bool) {
	if c == nil {
		out := &axisWeights{}
		return out, out.fill(mem, f, k, a, size, align)
	}
	key := axisKey{a, k.id(), f.number, size, align}
	for i := range c.known {
		if c.known[i].key == key {
			return &c.known[i].is, true
		}
	}
	entry := &c.known[c.next]
	entry.key = axisKey{}
	if !entry.is.fill(mem, f, k, a, size, align) {
		return nil, false
	}
	entry.key, c.next = key, (c.next+1)%len(c.known)
	return &entry.is, true
}

// fill computes s again, in its own memory.
func (s *axisWeights) fill(mem *Scratch, f form, k weigher, a axis, size, align int) bool {
	t, need := k.axis(mem, a.in, a.out, a.from, a.to)
	if t.size == 0 {
		t = same(mem, a.to-a.from)
	} else {
		t = t.shifted(need[0])
	}
	n := len(t.first)
	s.need, s.groups = need, 0
	s.first, s.last = slices.Grow(s.first[:0], n)[:n], slices.Grow(s.last[:0], n)[:n]
	for i, first := range t.first {
		s.first[i], s.last[i] = first-first%int32(align), first+t.n[i]-1
		s.groups = max(s.groups, (int(s.last[i]-s.first[i])+size)/size)
	}
	bytes, pack := f.weightBytes, f.pack
	s.bits, s.short = precision, 0
	if least, most := slices.Min(t.values), slices.Max(t.values); f.packShort != nil && least>>t.spare >= math.MinInt16 && most>>t.spare <= math.MaxInt16 {
		bytes, pack = f.shortBytes, f.packShort
		s.bits, s.short = precision-t.spare, 1
		for i := range t.values {
			t.values[i] >>= t.spare
		}
	} else if most > mostWeight || least < -mostWeight {
		return false
	}
	group := size * bytes
	s.weights = slices.Grow(s.weights[:0], n*s.groups*group)[:n*s.groups*group]
	clear(s.weights)
	for i, first := range t.first {
		pack(s.weights[i*s.groups*group:], int(first-s.first[i]), size, t.values[i*t.size:i*t.size+int(t.n[i])])
	}
	return true
}
