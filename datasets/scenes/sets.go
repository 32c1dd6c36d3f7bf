package scenes

import (
	"slices"
)

// dealSets makes up to sets different sets of k out of n labels. It deals labels from shuffled decks, so that all labels are about equally frequent. There
// are fewer sets if n allows no more.
func dealSets(r *random, n, k, sets int) [][]int {
	d := dealer{random: r, labels: n}
	seen := map[[3]int]bool{}
	out := make([][]int, 0, sets)
	for len(out) < sets {
		set, key, ok := d.unseen(k, seen)
		if !ok {
			break
		}
		seen[key] = true
		out = append(out, set)
	}
	return out
}

type dealer struct {
	random *random
	labels int
	deck   []int
}

// unseen deals until a set is new. After many tries it assumes that there is none left.
func (d *dealer) unseen(k int, seen map[[3]int]bool) (set []int, key [3]int, ok bool) {
	for range 1000 {
		set = d.hand(k)
		sorted := slices.Sorted(slices.Values(set))
		key = [3]int{-1, -1, -1}
		copy(key[:], sorted)
		if !seen[key] {
			return set, key, true
		}
		d.deck = append(d.deck, set...)
		d.random.shuffle(d.deck)
	}
	return nil, key, false
}

// hand takes k different labels off the deck.
func (d *dealer) hand(k int) []int {
	var set []int
	for len(set) < k {
		at := slices.IndexFunc(d.deck, func(label int) bool { return !slices.Contains(set, label) })
		if at < 0 {
			d.refill()
			continue
		}
		set = append(set, d.deck[at])
		d.deck = slices.Delete(d.deck, at, at+1)
	}
	return set
}

// refill adds a shuffled deck of all labels below the rest.
func (d *dealer) refill() {
	fresh := make([]int, d.labels)
	for i := range fresh {
		fresh[i] = i
	}
	d.random.shuffle(fresh)
	d.deck = append(d.deck, fresh...)
}
