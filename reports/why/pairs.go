package why

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// BestChange is a text query whose best picture differs from the reference's.
type BestChange struct {
	Query, Before, After string
	Gap                  float64 // how much the reference prefers its own best picture to the variant's
	Drift                float64 // mean |difference| of the query's similarities
	Hit, Hits            bool    // whether the reference's and the variant's best picture are relevant
}

func Count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// embeddingPair holds a dataset's unit vectors from the variant and from the reference.
type embeddingPair struct {
	images, texts       map[string]int
	imageIDs            []string
	ownImages, ownTexts [][]float64
	refImages, refTexts [][]float64
	imageOnly           bool // one of the two has no texts, so no texts are compared
}

func LoadPair(f *store.Folder, dataset, own, ref string) (*embeddingPair, error) {
	e := &embeddingPair{}
	for _, x := range []struct {
		variant, modality string
		vectors           *[][]float64
		index             *map[string]int
	}{{own, "image", &e.ownImages, &e.images}, {own, "text", &e.ownTexts, &e.texts}, {ref, "image", &e.refImages, &e.images}, {ref, "text", &e.refTexts, &e.texts}} {
		rows, err := f.ReadEmbeddings(x.variant, dataset, x.modality)
		if x.modality == "text" && errors.Is(err, fs.ErrNotExist) {
			e.imageOnly = true // an image tower only
			continue
		}
		if err != nil {
			return nil, err
		}
		*x.index = map[string]int{}
		for i, r := range rows {
			(*x.index)[r.ID] = i
			*x.vectors = append(*x.vectors, stats.UnitVector(r.Embedding))
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
		return nil, fmt.Errorf("%w: %s and %s embedded different items of %s", ErrVariant, own, ref, dataset)
	}
	return e, nil
}

// Flips compares the best pictures of the stored text queries.
func (e *embeddingPair) Flips(res *store.Results, dataset, own, ref string) (out []BestChange, queries int) {
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
		x := BestChange{Query: id, Before: before.best, After: after.best, Hit: before.hit, Hits: after.hit}
		for i := range e.imageIDs {
			x.Drift += math.Abs(dot(e.ownTexts[t], e.ownImages[i])-dot(e.refTexts[t], e.refImages[i])) / float64(len(e.imageIDs))
		}
		x.Gap = dot(e.refTexts[t], e.refImages[e.images[before.best]]) - dot(e.refTexts[t], e.refImages[e.images[after.best]])
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b BestChange) int { return cmp.Compare(a.Query, b.Query) })
	return out, queries
}

// MovedPicture is how far a picture's embedding turned away.
type MovedPicture struct {
	Id     string
	Cosine float64
}

func (e *embeddingPair) Moved() []MovedPicture {
	var out []MovedPicture
	if len(e.ownImages) > 0 && len(e.ownImages[0]) != len(e.refImages[0]) {
		return nil // vectors of different lengths have no angle
	}
	for i, id := range e.imageIDs {
		out = append(out, MovedPicture{id, dot(e.ownImages[i], e.refImages[i])})
	}
	return out
}

func dot(a, b []float64) (sum float64) {
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}
