package history

import (
	"cmp"
	"fmt"
	"path"
	"slices"
)

// once leaves out copies, which are folders of a run that another folder holds already. It keeps the
// folder that is named like its run.
func once(nights []night) (kept []night, copies []Skipped) {
	slices.SortStableFunc(nights, func(a, b night) int { return cmp.Compare(a.misnamed(), b.misnamed()) })
	at := map[string]string{}
	for _, n := range nights {
		id := n.info.RunID
		if first, ok := at[id]; ok && id != "" {
			copies = append(copies, Skipped{n.info.Dir, fmt.Sprintf("a copy of run %s, which counts once: %s", id, first)})
			continue
		}
		at[id], kept = n.info.Dir, append(kept, n)
	}
	return kept, copies
}

// misnamed is 1 for a run whose folder has another name, such as a copy's, and otherwise 0.
func (n night) misnamed() int {
	if base := path.Base(n.info.Dir); base == "run="+n.info.RunID || base == n.info.RunID {
		return 0
	}
	return 1
}

// inOrder sorts nights by their clocks, but puts no night before one that it already knew of.
func inOrder(nights []night) []night {
	slices.SortStableFunc(nights, func(a, b night) int { return a.info.Started.Compare(b.info.Started) })
	waits := map[string]int{} // by run: how many runs must come first
	there := map[string]bool{}
	for _, n := range nights {
		there[n.info.RunID] = true
	}
	for _, n := range nights {
		for _, first := range n.after {
			if there[first] && first != n.info.RunID {
				waits[n.info.RunID]++
			}
		}
	}
	out := make([]night, 0, len(nights))
	for len(nights) > 0 {
		next := max(0, slices.IndexFunc(nights, func(n night) bool { return waits[n.info.RunID] == 0 })) // 0 also for a circle, which only edited files can contain
		n := nights[next]
		out, nights = append(out, n), slices.Delete(nights, next, next+1)
		for _, other := range nights {
			if slices.Contains(other.after, n.info.RunID) {
				waits[other.info.RunID]--
			}
		}
	}
	return out
}
