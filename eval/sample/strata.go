// Package sample chooses some of a dataset's pictures by strata, and estimates a mean over all pictures
// from them.
package sample

import (
	"cmp"
	"slices"
)

// Strata are the pictures of a dataset, grouped by what their files look like. The order within a stratum
// is random but fixed. It follows the pictures' marks, which are parts of hashes.
type Strata [][]int

// Stratify puts the pictures whose looks are equal into one stratum.
func Stratify(looks []string, marks []uint64) Strata {
	by := map[string][]int{}
	for i, look := range looks {
		by[look] = append(by[look], i)
	}
	names := make([]string, 0, len(by))
	for name := range by {
		names = append(names, name)
	}
	slices.Sort(names)
	var out Strata
	for _, name := range names {
		slices.SortStableFunc(by[name], func(a, b int) int { return cmp.Compare(marks[a], marks[b]) })
		out = append(out, by[name])
	}
	return out
}

// least is the number of pictures taken from a stratum that has them, because fewer do not show how much
// they differ.
const least = 4

// Take chooses n pictures or a few more, from each stratum its share. The pictures for a smaller n are
// among them.
func (s Strata) Take(n int) []int {
	all := 0
	for _, stratum := range s {
		all += len(stratum)
	}
	var out []int
	for _, stratum := range s {
		part := min(len(stratum), max(least, (n*len(stratum)+all-1)/max(1, all)))
		out = append(out, stratum[:part]...)
	}
	slices.Sort(out)
	return out
}
