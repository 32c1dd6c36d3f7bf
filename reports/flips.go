package reports

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
)

// mostShown is how many queries and pictures are listed.
const mostShown = 10

// flip is a text query whose best picture is another one than the reference's.
type flip struct {
	query, before, after string
	gap                  float64 // by which the reference prefers its own best to the variant's
	drift                float64 // mean |difference| of the query's similarities
	hit, hits            bool    // whether the reference's, the variant's best picture is relevant
}

// flipSections are the changed text queries and the pictures that moved most.
func flipSections(f *store.Folder, res *store.Results, own, ref string) ([]section, error) {
	counts := section{
		Title: "Text queries whose best picture changed", Header: []string{"dataset", "queries", "changed", "near ties", "hits lost", "hits won"},
		Notes: []string{"A near tie: the reference prefers its own best picture by less than the query's similarities drift on average. Any other change is real."},
	}
	worst := section{Title: "The clearest changes", Header: []string{"query", "best by the reference", "best now", "gap", "drift of its similarities"}}
	moved := section{Title: "Pictures that moved most", Header: []string{"picture", "cosine to the reference's"}}
	var all []flip
	var pictures []movedPicture
	for _, d := range res.Datasets {
		e, err := loadPair(f, d.Dataset, own, ref)
		if err != nil {
			return nil, err
		}
		flips, queries := e.flips(res, d.Dataset, own, ref)
		var near, lost, won int
		for _, x := range flips {
			near, lost, won = near+count(x.gap < x.drift), lost+count(x.hit && !x.hits), won+count(!x.hit && x.hits)
		}
		counts.Rows = append(counts.Rows, row{Cells: []string{d.Dataset, fmt.Sprint(queries), fmt.Sprint(len(flips)), fmt.Sprint(near), fmt.Sprint(lost), fmt.Sprint(won)}})
		all, pictures = append(all, flips...), append(pictures, e.moved()...)
	}
	slices.SortStableFunc(all, func(a, b flip) int { return cmp.Compare(b.gap, a.gap) })
	for _, x := range all[:min(mostShown, len(all))] {
		worst.Rows = append(worst.Rows, row{Cells: []string{x.query, x.before + mark(x.hit), x.after + mark(x.hits), scientific(number(x.gap)), scientific(number(x.drift))}})
	}
	slices.SortStableFunc(pictures, func(a, b movedPicture) int { return cmp.Compare(a.cosine, b.cosine) })
	for _, p := range pictures[:min(mostShown, len(pictures))] {
		if p.cosine < 1-1e-6 {
			moved.Rows = append(moved.Rows, row{Cells: []string{p.id, cosine(number(p.cosine))}})
		}
	}
	return []section{counts, worst, moved}, nil
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func mark(hit bool) string {
	if hit {
		return " (right)"
	}
	return ""
}

// embeddingPair is a dataset's unit vectors by the variant and by the reference.
type embeddingPair struct {
	images, texts       map[string]int
	imageIDs            []string
	ownImages, ownTexts [][]float64
	refImages, refTexts [][]float64
	imageOnly           bool // one of the two has no texts, so that no texts are compared
}

func loadPair(f *store.Folder, dataset, own, ref string) (*embeddingPair, error) {
	e := &embeddingPair{}
	for _, x := range []struct {
		variant, modality string
		vectors           *[][]float64
		index             *map[string]int
	}{{own, "image", &e.ownImages, &e.images}, {own, "text", &e.ownTexts, &e.texts}, {ref, "image", &e.refImages, &e.images}, {ref, "text", &e.refTexts, &e.texts}} {
		rows, err := f.ReadEmbeddings(x.variant, dataset, x.modality)
		if x.modality == "text" && errors.Is(err, fs.ErrNotExist) {
			e.imageOnly = true // an image tower alone
			continue
		}
		if err != nil {
			return nil, err
		}
		*x.index = map[string]int{}
		for i, r := range rows {
			(*x.index)[r.ID] = i
			*x.vectors = append(*x.vectors, unit(r.Embedding))
		}
		if x.modality == "image" {
			e.imageIDs = e.imageIDs[:0]
			for _, r := range rows {
				e.imageIDs = append(e.imageIDs, r.ID)
			}
		}
	}
	if e.imageOnly {
		e.texts, e.ownTexts, e.refTexts = nil, nil, nil
	}
	if len(e.ownImages) != len(e.refImages) || len(e.ownTexts) != len(e.refTexts) {
		return nil, fmt.Errorf("%w: %s and %s embedded other items of %s", ErrVariant, own, ref, dataset)
	}
	return e, nil
}

// flips compares the best pictures of the stored text queries.
func (e *embeddingPair) flips(res *store.Results, dataset, own, ref string) (out []flip, queries int) {
	type outcome struct {
		best string
		hit  bool
	}
	best := map[string]map[string]outcome{own: {}, ref: {}}
	for _, q := range res.Queries {
		if by := best[q.Variant]; by != nil && q.Dataset == dataset && q.Direction == "t2i" && len(q.TopIDs) > 0 {
			by[q.QueryID] = outcome{q.TopIDs[0], q.Rank == 1}
		}
	}
	for id, before := range best[ref] {
		after, ok := best[own][id]
		t, known := e.texts[id]
		if !ok || !known {
			continue
		}
		queries++
		if before.best == after.best {
			continue
		}
		x := flip{query: id, before: before.best, after: after.best, hit: before.hit, hits: after.hit}
		for i := range e.imageIDs {
			x.drift += math.Abs(dot(e.ownTexts[t], e.ownImages[i])-dot(e.refTexts[t], e.refImages[i])) / float64(len(e.imageIDs))
		}
		x.gap = dot(e.refTexts[t], e.refImages[e.images[before.best]]) - dot(e.refTexts[t], e.refImages[e.images[after.best]])
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b flip) int { return cmp.Compare(a.query, b.query) })
	return out, queries
}

// movedPicture is how far a picture's embedding turned.
type movedPicture struct {
	id     string
	cosine float64
}

func (e *embeddingPair) moved() []movedPicture {
	var out []movedPicture
	if len(e.ownImages) > 0 && len(e.ownImages[0]) != len(e.refImages[0]) {
		return nil // vectors of other lengths have no angle
	}
	for i, id := range e.imageIDs {
		out = append(out, movedPicture{id, dot(e.ownImages[i], e.refImages[i])})
	}
	return out
}

func unit(v []float32) []float64 {
	out, sum := make([]float64, len(v)), 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	for i, x := range v {
		if sum > 0 {
			out[i] = float64(x) / math.Sqrt(sum)
		}
	}
	return out
}

func dot(a, b []float64) (sum float64) {
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}
