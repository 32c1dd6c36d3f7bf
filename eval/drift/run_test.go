package drift

import (
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
)

// BenchmarkFlipBudgetOfRun takes a finished run's embeddings, and does what eval does with them: the flip budgets of all
// its variants, datasets and directions. FASTCLIP_RUN names the run: FASTCLIP_RUN=results/latest for the default suite.
func BenchmarkFlipBudgetOfRun(b *testing.B) {
	dir := os.Getenv("FASTCLIP_RUN")
	if dir == "" {
		b.Skip("FASTCLIP_RUN names no run")
	}
	f, err := store.Open(dir)
	require.NoError(b, err)
	res, err := f.Load(store.TableRun, store.TableVariants, store.TableDatasets, store.TableItems)
	require.NoError(b, err)
	units := func(variant, dataset, modality string) rank.Unit {
		rows, err := f.ReadEmbeddings(variant, dataset, modality)
		require.NoError(b, err)
		var flat []float32
		for _, r := range rows {
			flat = append(flat, r.Embedding...)
		}
		return rank.Normalise(flat, len(rows), len(flat)/len(rows))
	}
	reference := res.Variants[slices.IndexFunc(res.Variants, func(v store.Variant) bool { return v.IsReference })].Variant
	var work []func()
	for _, d := range res.Datasets {
		labels := map[string][][]string{}
		for _, i := range res.Items {
			if i.Dataset == d.Dataset {
				labels[i.Modality] = append(labels[i.Modality], i.Labels)
			}
		}
		texts, images := labels["text"], labels["image"]
		all := func(have, want []string) bool {
			return !slices.ContainsFunc(want, func(l string) bool { return !slices.Contains(have, l) })
		}
		t2i := answered(texts, images, false, func(text, image []string) bool { return all(image, text) })
		i2t := answered(images, texts, false, func(image, text []string) bool { return all(image, text) })
		i2i := answered(images, images, true, func(a, b []string) bool { return store.LabelSet(a) == store.LabelSet(b) })
		refTexts, refImages := units(reference, d.Dataset, "text"), units(reference, d.Dataset, "image")
		for _, v := range res.Variants {
			if v.IsReference || v.Status != store.StatusOK {
				continue
			}
			ownTexts, ownImages := units(v.Variant, d.Dataset, "text"), units(v.Variant, d.Dataset, "image")
			work = append(work, func() {
				turn := sync.OnceValues(func() (*rank.Unit, float64) { return SharedTurn(refImages, refTexts, ownImages, ownTexts) })
				searches := []struct {
					r                                Retrieval
					refQueries, refItems, own, items rank.Unit
					turn                             Rotation
				}{{t2i, refTexts, refImages, ownTexts, ownImages, turn}, {i2t, refImages, refTexts, ownImages, ownTexts, turn}, {i2i, refImages, refImages, ownImages, ownImages, nil}}
				machine.OnCores(len(searches), func(i int) {
					s := searches[len(searches)-1-i]
					_, err := FlipBudget(b.Context(), s.r, s.refQueries, s.refItems, s.own, s.items, rank.MarginCuts[:], s.turn)
					assert.NoError(b, err)
				})
			})
		}
	}
	for b.Loop() {
		for _, do := range work {
			do()
		}
	}
}

// answered is the search of queries that have an answer.
func answered(queries, items [][]string, self bool, is func(query, item []string) bool) Retrieval {
	r := Retrieval{Self: self, Outcomes: make([]rank.Outcome, len(queries))}
	for q, query := range queries {
		var relevant []int32
		for i, item := range items {
			if (!self || i != q) && is(query, item) {
				relevant = append(relevant, int32(i))
			}
		}
		if len(relevant) > 0 {
			r.Counted = append(r.Counted, q)
		}
		r.Relevant = append(r.Relevant, relevant)
	}
	return r
}
