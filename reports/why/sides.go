package why

import (
	"cmp"
	"math"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// side is one modality of a pair: unit vectors of the reference and of the variant.
type side struct {
	index    map[string]int
	ref, own [][]float64
}

// sides are the queries and the items of a direction.
func (e *embeddingPair) sides(direction string) (queries, items side) {
	images, texts := side{e.images, e.refImages, e.ownImages}, side{e.texts, e.refTexts, e.ownTexts}
	switch direction {
	case "t2i":
		return texts, images
	case "i2t":
		return images, texts
	}
	return images, images
}

// sameLength tells whether both have vectors of the same length. Otherwise nothing can be compared.
func (s side) sameLength() bool { return len(s.ref) > 0 && len(s.ref[0]) == len(s.own[0]) }

// similarity is the similarity of a query and an item, by the reference or by the variant. It is NaN when
// one of them is unknown.
func (e *embeddingPair) similarity(direction, query, item string, byReference bool) float64 {
	queries, items := e.sides(direction)
	q, okQ := queries.index[query]
	i, okI := items.index[item]
	if !okQ || !okI {
		return math.NaN()
	}
	if byReference {
		return dot(queries.ref[q], items.ref[i])
	}
	return dot(queries.own[q], items.own[i])
}

// queryDrift is the mean |difference| of a query's similarities to all items.
func (e *embeddingPair) queryDrift(direction, query string) float64 {
	queries, items := e.sides(direction)
	q, ok := queries.index[query]
	if !ok || len(items.ref) == 0 {
		return math.NaN()
	}
	var sum float64
	for i := range items.ref {
		sum += math.Abs(dot(queries.own[q], items.own[i]) - dot(queries.ref[q], items.ref[i]))
	}
	return sum / float64(len(items.ref))
}

// mostMoved is the largest distance between the two unit vectors of a query or an item.
func (e *embeddingPair) mostMoved(direction string) facts.Number {
	if e == nil {
		return facts.Absent()
	}
	queries, items := e.sides(direction)
	return max(queries.mostMoved(), items.mostMoved())
}

func (s side) mostMoved() facts.Number {
	if !s.sameLength() {
		return facts.Absent()
	}
	var most float64
	for i, v := range s.ref {
		var sum float64
		for k, x := range v {
			sum += (s.own[i][k] - x) * (s.own[i][k] - x)
		}
		most = max(most, math.Sqrt(sum))
	}
	return facts.Number(most)
}

// worstQueries are the queries whose first item changed most clearly, with what both sides found.
func worstQueries(flips []Flip, own, ref outcomes, pairs map[string]*embeddingPair, n int) []WorstQuery {
	out := []WorstQuery{}
	for _, f := range flips {
		if f.Metric != TopOne || len(out) == n {
			continue
		}
		at := slices.IndexFunc(ref.order, func(k outcomeKey) bool {
			return k.dataset == f.Dataset && k.direction == f.Direction && k.query == f.Query
		})
		was, now := ref.rows[ref.order[at]], own.rows[ref.order[at]]
		e := pairs[f.Dataset]
		out = append(out, WorstQuery{
			Dataset: f.Dataset, Direction: f.Direction, Query: f.Query, ReferenceMargin: facts.Number(was.Margin), VariantMargin: facts.Number(now.Margin),
			ReferenceTop: e.hits(was, true), VariantTop: e.hits(now, false),
		})
	}
	return out
}

func (e *embeddingPair) hits(q store.Query, byReference bool) []Hit {
	out := []Hit{}
	for i, id := range q.TopIDs[:min(5, len(q.TopIDs))] {
		h := Hit{ID: id, Similarity: facts.Number(e.similarity(q.Direction, q.QueryID, id, byReference))}
		if i < len(q.TopHits) {
			h.Right = &q.TopHits[i]
		}
		out = append(out, h)
	}
	return out
}

// worstItems are the n pictures and the n texts that turned most. It leaves out items that did not turn.
func worstItems(datasets []store.Dataset, pairs map[string]*embeddingPair, n int) []WorstItem {
	out := []WorstItem{}
	for _, modality := range []string{"image", "text"} {
		var all []WorstItem
		for _, d := range datasets {
			e := pairs[d.Dataset]
			s, _ := e.sides(map[string]string{"image": "i2i", "text": "t2i"}[modality])
			if !s.sameLength() {
				continue
			}
			for id, i := range s.index {
				if c := dot(s.own[i], s.ref[i]); c < 1-1e-6 {
					all = append(all, WorstItem{d.Dataset, modality, id, facts.Number(c)})
				}
			}
		}
		slices.SortFunc(all, func(a, b WorstItem) int {
			return cmp.Or(cmp.Compare(a.Cosine, b.Cosine), cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.ID, b.ID))
		})
		out = append(out, all[:min(n, len(all))]...)
	}
	return out
}
