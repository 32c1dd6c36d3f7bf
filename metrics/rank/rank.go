// Package rank scores the ranking of one query at a time, by the conventions of trec_eval. It also tells how much
// each score depends on the order of tied items.
package rank

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// MarginCuts are the K of R@K.
var MarginCuts = [...]int{1, 5, 10}

// topLen is the number of best items that an Outcome names.
const topLen = 10

// Outcome is the result of one query. Values, TieLow and TieHigh have one value per metric, in the order
// given to New.
type Outcome struct {
	Values []float64
	// TieLow and TieHigh are the exact worst and best values over all orders of tied items. Where no tie
	// matters they are Values itself.
	TieLow, TieHigh []float64
	Rank            int     // rank of the first relevant item, from 1; 0 without one
	Margin          float64 // best relevant similarity minus best irrelevant one; 0 when that is no number
	// MarginAt is, for each K of MarginCuts, the best relevant similarity minus the Kth best irrelevant
	// one. Above 0 the query is a hit at K, and below 0 a miss. It is +Inf with fewer than K irrelevant
	// items, and 0 without a relevant item or when the difference is no number.
	MarginAt [len(MarginCuts)]float64
	Relevant int    // relevant items in the list
	Top      []int  // item indices, best first, at most 10
	TopHits  []bool // whether each item of Top is relevant
}

// Ranker scores queries over one list of items. It is safe for concurrent use.
type Ranker struct {
	place   []int32 // by item: place among tied items, ids descending
	metrics []score
	first   int // the metrics depend on the ranks of this many leading relevant items
}

// Metrics is the number of metrics.
func (r *Ranker) Metrics() int { return len(r.metrics) }

// New makes a ranker for items with the given ids, which must differ, and for some of the metrics of
// Names.
func New(ids []string, metrics []string) (*Ranker, error) {
	r := &Ranker{place: make([]int32, len(ids)), metrics: make([]score, len(metrics)), first: 1}
	for i, name := range metrics {
		s := scoreOf(name)
		if s.of == nil {
			return nil, fmt.Errorf("metric %q is unknown: choose from %v", name, Names())
		}
		r.metrics[i], r.first = s, max(r.first, s.first)
	}
	order := make([]int, len(ids))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(ids[b], ids[a]) })
	for place, item := range order {
		if place > 0 && ids[order[place-1]] == ids[item] {
			return nil, fmt.Errorf("item id %q occurs twice: give each item its own", ids[item])
		}
		r.place[item] = int32(place)
	}
	return r, nil
}

// Query scores one query. sims and relevant are by item, and it panics on other lengths. It leaves the
// item exclude out of the list; -1 leaves out none.
//
// Items rank by similarity descending, and tied items by id descending, as in trec_eval. NaN similarities
// are tied with each other and come last. Without a relevant item all values are 0.
func (r *Ranker) Query(sims []float64, relevant []bool, exclude int) Outcome {
	if len(sims) != len(r.place) || len(relevant) != len(r.place) {
		panic(fmt.Sprintf("rank: %d similarities and %d judgements for %d items", len(sims), len(relevant), len(r.place)))
	}
	found := r.relevantItems(sims, relevant, exclude)
	t := newTally(found)
	best := top{items: make([]item, 0, topLen+1)}
	rivals := top{items: make([]item, 0, topLen+1)} // the best irrelevant items
	for i, s := range sims {
		if i == exclude {
			continue
		}
		it := item{key: order(s), place: r.place[i], index: int32(i)}
		best.offer(it)
		if relevant[i] {
			continue
		}
		t.add(it)
		rivals.offer(it)
	}
	out := Outcome{Relevant: len(found), Top: best.indices(), TopHits: make([]bool, len(best.items))}
	for i, at := range out.Top {
		out.TopHits[i] = relevant[at]
	}
	if len(found) > 0 {
		out.margins(sims[found[0].index], len(rivals.items), func(k int) float64 { return sims[rivals.items[k].index] })
	}
	r.score(&out, t)
	return out
}

// margins compares the best relevant similarity with the best other similarities.
func (out *Outcome) margins(best float64, others int, other func(k int) float64) {
	for i, k := range MarginCuts {
		if others < k {
			out.MarginAt[i] = math.Inf(1)
		} else if m := best - other(k-1); !math.IsNaN(m) {
			out.MarginAt[i] = m
		}
	}
	if others > 0 {
		out.Margin = out.MarginAt[0]
	}
}

// relevantItems lists the relevant items in rank order.
func (r *Ranker) relevantItems(sims []float64, relevant []bool, exclude int) []item {
	var found []item
	for i, yes := range relevant {
		if yes && i != exclude {
			found = append(found, item{key: order(sims[i]), place: r.place[i], index: int32(i)})
		}
	}
	slices.SortFunc(found, item.compare)
	return found
}

// score fills in the values that depend on the ranks of the relevant items.
func (r *Ranker) score(out *Outcome, t *tally) {
	r.finish(out, ranks(t.plain), ranks(t.low), ranks(t.high))
}

// finish fills in the metrics, from the leading ranks of the relevant items. The ranks come in three
// versions: with ties as they lie, at their worst and at their best.
func (r *Ranker) finish(out *Outcome, plain, low, high []int32) {
	n := len(r.metrics)
	if out.Relevant == 0 || slices.Equal(low, high) {
		out.Values = make([]float64, n)
		out.TieLow, out.TieHigh = out.Values, out.Values
	} else {
		all := make([]float64, 3*n)
		out.Values, out.TieLow, out.TieHigh = all[:n:n], all[n:2*n:2*n], all[2*n:]
	}
	if out.Relevant == 0 {
		return
	}
	out.Rank = int(plain[0])
	for i, metric := range r.metrics {
		out.Values[i], out.TieLow[i], out.TieHigh[i] = metric.of(plain), metric.of(low), metric.of(high)
	}
}
