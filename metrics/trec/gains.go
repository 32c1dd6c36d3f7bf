package trec

import (
	"cmp"
	"math"
	"slices"
)

// gains holds what documents of each judgement are worth.
type gains struct {
	of    map[int]float64
	ideal []float64 // gains of the relevant documents in the best possible order
}

// newGains uses the judgements as gains when p names no others.
func newGains(r *ranking, p parameters) gains {
	g := gains{of: map[int]float64{}}
	for _, pair := range p.pairs {
		g.of[pair.level] = pair.value
	}
	levels := slices.Clone(r.levels)
	for _, c := range levels {
		if _, given := g.of[c.rel]; !given {
			g.of[c.rel] = float64(c.rel)
		}
	}
	slices.SortStableFunc(levels, func(a, b count) int { return cmp.Compare(g.of[b.rel], g.of[a.rel]) })
	for _, c := range levels {
		if g.of[c.rel] > 0 {
			g.ideal = append(g.ideal, slices.Repeat([]float64{g.of[c.rel]}, c.docs)...)
		}
	}
	return g
}

// discounted is the sum of the gains, each divided by log2(1 + its rank).
func discounted(r *ranking, gains []float64) (sum float64) {
	for i, gain := range gains {
		sum += gain / r.log2(i+1)
	}
	return sum
}

// results are the gains of the retrieved documents.
func (g gains) results(r *ranking) []float64 {
	out := make([]float64, len(r.rels))
	for i, rel := range r.rels {
		out[i] = g.of[rel]
	}
	return out
}

// ndcg is Järvelin and Kekäläinen's normalised discounted cumulative gain.
func ndcg(r *ranking, p parameters, out []float64) {
	g := newGains(r, p)
	if ideal := discounted(r, g.ideal); ideal > 0 {
		out[0] = discounted(r, g.results(r)) / ideal
	}
}

// ndcgAtRelevant is the mean of nDCG at the rank of each relevant document. A document that is not
// retrieved counts with the gain of the whole list.
func ndcgAtRelevant(r *ranking, p parameters, out []float64) {
	g := newGains(r, p)
	sum, dcg, ideal, found := 0.0, 0.0, 0.0, 0
	for i, gain := range g.results(r) {
		dcg += gain / r.log2(i+1)
		if i < len(g.ideal) {
			ideal += g.ideal[i] / r.log2(i+1)
		}
		if gain > 0 {
			sum += dcg / ideal
			found++
		}
	}
	for i := len(r.rels); i < len(g.ideal); i++ {
		ideal += g.ideal[i] / r.log2(i+1)
	}
	sum += float64(len(g.ideal)-found) * dcg / ideal
	if sum > 0 {
		out[0] = sum / float64(len(g.ideal))
	}
}

// ndcgAtLevels is the mean of nDCG at the ranks at which the ideal gain changes. It includes the end of a
// list that goes more than one document past the last of these ranks.
func ndcgAtLevels(r *ranking, p parameters, out []float64) {
	if r.relevant == 0 {
		return
	}
	g := newGains(r, p)
	results := g.results(r)
	sum, points, dcg, ideal := 0.0, 0, 0.0, 0.0
	for i, gain := range g.ideal {
		if i > 0 && gain != g.ideal[i-1] {
			sum += dcg / ideal
			points++
		}
		if i < len(results) {
			dcg += results[i] / r.log2(i+1)
		}
		ideal += gain / r.log2(i+1)
	}
	if ideal > 0 {
		sum += dcg / ideal
		points++
	}
	if len(results) > len(g.ideal)+1 && ideal > 0 {
		for i := len(g.ideal); i < len(results); i++ {
			dcg += results[i] / r.log2(i+1)
		}
		sum += dcg / ideal
		points++
	}
	out[0] = sum / float64(points)
}

// normalisedGain is Buckley's G. It divides a gain by log2 of 2 plus the gain missed so far.
func normalisedGain(r *ranking, p parameters, out []float64) {
	g := newGains(r, p)
	sum, got, cost, all := 0.0, 0.0, 0.0, 0.0
	for i, gain := range g.results(r) {
		got += gain
		best := 1.0
		if i < len(g.ideal) {
			best = max(best, g.ideal[i])
		}
		cost += best
		if gain != 0 {
			sum += gain / math.Log2(2+cost-got)
		}
	}
	for _, gain := range g.ideal {
		all += gain
	}
	if all > 0 {
		out[0] = sum / all
	}
}
