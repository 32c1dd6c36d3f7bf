package trec

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Judgements for retrieved documents that have none.
const (
	unpooled = -1 // not in the judgements at all
	unjudged = -2 // in the judgements, with a negative value
)

// ranking is the input of a query's measures.
type ranking struct {
	level    int     // lowest judgement that is relevant
	rels     []int   // judgements of the retrieved documents, best first
	levels   []count // judged documents by judgement, ascending, retrieved or not
	relevant int     // judged documents that are relevant, retrieved or not
	found    int     // retrieved documents that are relevant
	missing  bool    // the run leaves the query out
	log2     func(rank int) float64
}

// count is how many documents have a judgement.
type count struct{ rel, docs int }

func (r *ranking) isRelevant(rel int) bool { return rel >= r.level }

// rank orders a query's documents by score, and documents with equal scores by name, both descending. It
// also looks up their judgements.
func rank(run *Run, id string, judged *judged, opts Options) (*ranking, error) {
	docs := slices.Clone(run.queries[id].docs)
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
	rels := make([]int, len(docs))
	for i, d := range docs {
		rel, ok := judged.docs[d.name]
		rels[i] = int(rel)
		if !ok {
			rels[i] = unpooled
		} else if rel < 0 {
			rels[i] = unjudged
		}
	}
	return newRanking(rels, judged, opts.Level), nil
}

func newRanking(rels []int, judged *judged, level int) *ranking {
	r := &ranking{level: level, rels: rels, relevant: judged.relevant(level), levels: countLevels(judged)}
	for _, rel := range rels {
		if r.isRelevant(rel) {
			r.found++
		}
	}
	return r
}

// missing stands for a query that the run leaves out. trec_eval scores one unjudged document in its place,
// and then clears the values that reveal that document.
func missing(judged *judged, level int) *ranking {
	r := newRanking([]int{unpooled}, judged, level)
	r.missing = true
	return r
}

// cleared tells whether trec_eval clears a value of a missing query. trec_eval decides by printed name, so
// it clears utility and does not clear utility_1,-1,0,0.
func (r *ranking) cleared(name string) bool {
	return r.missing && (slices.Contains([]string{"num_ret", "utility", "rbp_resid", "relstring"}, name) || strings.HasPrefix(name, "unj"))
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

// discounts returns a function that computes log2(rank+1), for ranks from 1, and remembers the results.
func discounts() func(rank int) float64 {
	var known []float64
	return func(rank int) float64 {
		for len(known) < rank {
			known = append(known, math.Log2(float64(len(known)+2)))
		}
		return known[rank-1]
	}
}
