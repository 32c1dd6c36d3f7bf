package rank

import (
	"cmp"
	"math"
	"slices"
)

// item is an entry of the ranking. Items rank by key descending, and then by place ascending.
type item struct {
	key   uint64 // order of the similarity
	place int32
	index int32
}

func (a item) compare(b item) int {
	return cmp.Or(cmp.Compare(b.key, a.key), cmp.Compare(a.place, b.place))
}

// order maps similarities to integers with the same order. NaN comes below all others.
func order(sim float64) uint64 {
	if sim != sim {
		return 0
	}
	b := math.Float64bits(sim + 0) // -0 + 0 is 0, because the two are tied
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// unorder is the similarity of a key. -0 comes back as 0, and NaN cannot come back.
func unorder(key uint64) float64 {
	if key>>63 == 1 {
		return math.Float64frombits(key ^ 1<<63)
	}
	return math.Float64frombits(^key)
}

// tally counts the irrelevant items by the number of relevant items that rank before them. This gives the
// rank of every relevant item without sorting the irrelevant ones.
type tally struct {
	relevant         []item // in rank order
	plain, low, high []int32
}

func newTally(relevant []item) *tally {
	n := len(relevant) + 1
	all := make([]int32, 3*n)
	return &tally{relevant: relevant, plain: all[:n:n], low: all[n : 2*n : 2*n], high: all[2*n:]}
}

// add counts an irrelevant item behind the relevant items that are better. Among relevant items that it
// ties with, low counts it before them, high after them, and plain in its true place.
func (t *tally) add(it item) {
	lo, hi := 0, len(t.relevant)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); t.relevant[mid].key > it.key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	t.low[lo]++
	if lo == len(t.relevant) || t.relevant[lo].key != it.key {
		t.plain[lo]++
		t.high[lo]++
		return
	}
	at, _ := slices.BinarySearchFunc(t.relevant, it, item.compare)
	t.plain[at]++
	end, _ := slices.BinarySearchFunc(t.relevant, item{key: it.key, place: math.MaxInt32}, item.compare)
	t.high[end]++
}

// ranks turns counts of irrelevant items before each relevant item into ranks, in place.
func ranks(before []int32) []int32 {
	out := before[:len(before)-1]
	var sum int32
	for i, n := range out {
		sum += n
		out[i] = sum + int32(i) + 1
	}
	return out
}

// top keeps the best items, sorted.
type top struct{ items []item }

func (t *top) offer(it item) {
	n := len(t.items)
	if n == topLen && it.compare(t.items[n-1]) > 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(t.items, it, item.compare)
	t.items = slices.Insert(t.items, at, it)
	t.items = t.items[:min(len(t.items), topLen)]
}

func (t *top) indices() []int {
	out := make([]int, len(t.items))
	for i, it := range t.items {
		out[i] = int(it.index)
	}
	return out
}
