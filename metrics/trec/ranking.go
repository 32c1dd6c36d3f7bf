package trec

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Judgements of retrieved documents that have none.
const (
	unpooled = -1 // not among the judgements at all
	unjudged = -2 // there, with a negative judgement
)

// ranking is what the measures of a query see.
type ranking struct {
	level    int     // lowest judgement that is relevant
	rels     []int   // judgements of the retrieved documents, best first
	levels   []count // judged documents by judgement, ascending, retrieved or not
	relevant int     // judged documents that are relevant, retrieved or not
	found    int     // retrieved documents that are relevant
	release  Release
	log2     func(rank int) float64
}

// count is how many documents have a judgement.
type count struct{ rel, docs int }

func (r *ranking) isRelevant(rel int) bool { return rel >= r.level }

// rank orders a query's documents by score, those of equal score by name, both descending,
// and looks up their judgements.
func rank(run *Run, id string, judged *judged, opts Options) (*ranking, error) {
	docs := slices.Clone(run.queries[id].docs)
	if opts.Release == Release908 {
		for i := range docs {
			docs[i].score = float64(float32(docs[i].score))
		}
	}
	seen := make(map[string]struct{}, len(docs))
	for _, d := range docs {
		before := len(seen)
		if seen[d.name] = struct{}{}; len(seen) == before {
			return nil, fmt.Errorf("%s:%d: document %q is retrieved twice for query %q", run.name, d.line, d.name, id)
		}
	}
	slices.SortFunc(docs, func(a, b doc) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.name, a.name))
	})
	if opts.MaxDocs > 0 && len(docs) > opts.MaxDocs {
		docs = docs[:opts.MaxDocs]
	}
	r := &ranking{level: opts.Level, release: opts.Release, rels: make([]int, len(docs))}
	for i, d := range docs {
		rel, ok := judged.docs[d.name]
		r.rels[i] = int(rel)
		if !ok {
			r.rels[i] = unpooled
		} else if rel < 0 {
			r.rels[i] = unjudged
		}
		if r.isRelevant(r.rels[i]) {
			r.found++
		}
	}
	r.relevant = judged.relevant(opts.Level)
	r.levels = countLevels(judged)
	return r, nil
}

func countLevels(judged *judged) []count {
	docs := map[int]int{}
	for _, rel := range judged.docs {
		if rel >= 0 {
			docs[int(rel)]++
		}
	}
	levels := make([]count, 0, len(docs))
	for rel, n := range docs {
		levels = append(levels, count{rel, n})
	}
	slices.SortFunc(levels, func(a, b count) int { return cmp.Compare(a.rel, b.rel) })
	return levels
}

// discounts returns log2(rank+1) by rank, from 1, and remembers what it worked out.
func discounts() func(rank int) float64 {
	var known []float64
	return func(rank int) float64 {
		for len(known) < rank {
			known = append(known, math.Log2(float64(len(known)+2)))
		}
		return known[rank-1]
	}
}
