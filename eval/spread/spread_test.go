package spread

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

func generated(images, dim int) *embed.Set {
	r := rand.New(rand.NewPCG(1, 2))
	s := &embed.Set{Spec: suite.DatasetSpec{Name: "d"}, ImageEmb: map[string]encoders.Embeddings{}, TextEmb: map[string]encoders.Embeddings{}}
	im, tx := encoders.Embeddings{N: images, Dim: dim}, encoders.Embeddings{N: images, Dim: dim}
	for i := range images {
		id := fmt.Sprintf("%05d", i)
		s.Good = append(s.Good, datasets.Image{ID: id, Labels: []string{fmt.Sprint(i / 2)}})
		s.Texts = append(s.Texts, datasets.Text{ID: "t" + id, Text: id, Images: []string{id}})
		for range dim {
			v := float32(r.NormFloat64())
			im.Data, tx.Data = append(im.Data, v), append(tx.Data, v+3*float32(r.NormFloat64()))
		}
	}
	s.ImageEmb["i"], s.TextEmb["t"] = im, tx
	return s
}

// TestSpreadConcurrently: what a worker finds is what the whole search finds, and the driver searches nothing again.
func TestSpreadConcurrently(t *testing.T) {
	s := generated(rangeRows()+200, 3) // two ranges, three blocks
	v := &variants.Variant{Spec: encoders.Spec{Name: "v"}, Status: store.StatusOK, ImageKey: "i", TextKey: "t"}
	of := &suite.Suite{Metrics: []string{"R@1", "MAP"}, Resamples: 10, Seed: 1}
	in := score.Input{Suite: of, Sets: []*embed.Set{s}, Variants: []*variants.Variant{v}, Reference: v, Progress: progress.New(nil)}
	want, err := score.Run(t.Context(), in)
	require.NoError(t, err)

	objects, err := blobstore.Folder(t.TempDir())
	require.NoError(t, err)
	c, err := cache.OpenIn(t.Context(), objects, "")
	require.NoError(t, err)
	p, err := Searches(t.Context(), Input{Store: objects, Cache: c, Suite: of, Sets: in.Sets, Variants: in.Variants, Pairs: Pairs})
	require.NoError(t, err)
	require.Nil(t, p, "it is small")
	p, err = Searches(t.Context(), Input{Store: objects, Cache: c, Suite: of, Sets: in.Sets, Variants: in.Variants, Plan: tasks.Plan{Suite: of}, Pairs: 1})
	require.NoError(t, err)
	require.Len(t, p.Tasks, 3*2)

	there, err := cache.OpenIn(t.Context(), objects, "")
	require.NoError(t, err)
	var alive atomic.Int32
	w := Worker{Store: objects, Plan: p, Kept: cache.Scope{Cache: there}, Scratch: t.TempDir(), Alive: func() { alive.Add(1) }}
	for _, task := range p.Tasks {
		require.NoError(t, w.Do(t.Context(), task))
		_, err := there.Commit("x/"+task.ID, "")
		require.NoError(t, err)
	}
	count := func() (n int) {
		for _, err := range objects.List(t.Context(), "segments/") {
			require.NoError(t, err)
			n++
		}
		return n
	}
	require.NoError(t, c.Refresh(t.Context()))
	in.Kept, in.Spread = cache.Scope{Cache: c}, 1
	got, err := score.Run(t.Context(), in)
	require.NoError(t, err)
	assert.Equal(t, want.Scores, got.Scores)
	for i, rows := range want.Queries {
		var a, b []store.Query
		for q := range rows {
			a = append(a, q)
		}
		for q := range got.Queries[i] {
			b = append(b, q)
		}
		assert.Equal(t, a, b)
	}
	before := count()
	c.Close()
	assert.LessOrEqual(t, count()-before, 1, "intervals alone")
	wrong := p.Tasks[0]
	wrong.Contents = []string{"a", "b", "c"}
	assert.ErrorContains(t, w.Do(t.Context(), wrong), "embeddings of 0 queries and 0 items")
	_, err = tasks.Load(t.Context(), objects, p.SHA)
	require.NoError(t, err)
}

// rangeRows are the queries of a range.
func rangeRows() int { return 84 * 96 }

// TestComparisonsConcurrently: what workers compare, in any order, is what one process compares, to the last bit.
func TestComparisonsConcurrently(t *testing.T) {
	s := generated(drift.RangeTexts+300, 3) // two ranges
	s.ImageEmb["j"], s.TextEmb["u"] = moved(s.ImageEmb["i"]), moved(s.TextEmb["t"])
	ref := &variants.Variant{Spec: encoders.Spec{Name: "ref"}, Status: store.StatusOK, ImageKey: "i", TextKey: "t"}
	v := &variants.Variant{Spec: encoders.Spec{Name: "v"}, Status: store.StatusOK, ImageKey: "j", TextKey: "u"}
	gone := &variants.Variant{Spec: encoders.Spec{Name: "gone"}, Status: store.StatusFailed}
	of := drift.Similarities{}
	of.RefTexts, of.RefImages = s.Raws(ref)
	of.Texts, of.Images = s.Raws(v)
	want, err := of.Difference(t.Context())
	require.NoError(t, err)

	objects, err := blobstore.Folder(t.TempDir())
	require.NoError(t, err)
	c, err := cache.OpenIn(t.Context(), objects, "")
	require.NoError(t, err)
	defer c.Close()
	in := Input{Store: objects, Cache: c, Suite: &suite.Suite{}, Sets: []*embed.Set{s}, Variants: []*variants.Variant{ref, gone, v}, Plan: tasks.Plan{Suite: &suite.Suite{}}, Pairs: 1}
	p, err := Comparisons(t.Context(), in, gone)
	require.NoError(t, err)
	require.Nil(t, p, "nothing to compare with")
	p, err = Comparisons(t.Context(), in, ref)
	require.NoError(t, err)
	require.Len(t, p.Tasks, 2)
	assert.False(t, p.Mixed, "float32 products depend on the processor")
	there, err := cache.OpenIn(t.Context(), objects, "")
	require.NoError(t, err)
	w := Worker{Store: objects, Plan: p, Kept: cache.Scope{Cache: there}, Scratch: t.TempDir(), Alive: func() {}}
	for _, i := range []int{1, 0} {
		require.NoError(t, w.Do(t.Context(), p.Tasks[i]))
		_, err := there.Commit("x/"+p.Tasks[i].ID, "")
		require.NoError(t, err)
	}
	require.NoError(t, c.Refresh(t.Context()))
	kept, compared := cache.Scope{Cache: c}, Compare(of, s.Contents(v), s.Contents(ref), in.Suite, "d")
	for i := range 2 {
		_, found := kept.Find(func([]byte) error { return nil }, compared.rangeParts(i)...)
		assert.True(t, found, "a worker has done it")
	}
	got, err := compared.ByRanges(t.Context(), kept, func() {})
	require.NoError(t, err)
	assert.Equal(t, want, got)

	of.RefTexts, of.Texts = of.RefTexts.Part(0, 700), of.Texts.Part(0, 700)
	drawn := Compare(of, nil, nil, &suite.Suite{MaxPairs: 660 * int64(len(s.Good))}, "d")
	assert.NotEqual(t, Compare(of, nil, nil, &suite.Suite{}, "d").Parts, drawn.Parts)
	some, err := drawn.ByRanges(t.Context(), cache.Scope{}, func() {})
	require.NoError(t, err)
	_, _, _, n := some.Abs.Result()
	assert.EqualValues(t, 660*len(s.Good), n, "the drawn texts alone")

	wrong := p.Tasks[0]
	wrong.From = 96
	assert.ErrorContains(t, w.Do(t.Context(), wrong), "not one of 2 ranges")
	wrong.Reference = nil
	assert.ErrorContains(t, w.Do(t.Context(), wrong), "names no embeddings")
}

// moved is embeddings that drifted a little.
func moved(e encoders.Embeddings) encoders.Embeddings {
	out := encoders.Embeddings{N: e.N, Dim: e.Dim}
	for i, v := range e.Data {
		out.Data = append(out.Data, v*(1+0.01*float32(i%7)))
	}
	return out
}
