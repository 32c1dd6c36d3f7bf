package checkpoints

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// TestRowsConcurrently: the rows of a variant whose embeddings are the reference's, and of one whose are not. Without
// a reference there are none.
func TestRowsConcurrently(t *testing.T) {
	const n = 40
	s := &embed.Set{Spec: suite.DatasetSpec{Name: "d"}, ImageEmb: map[string]encoders.Embeddings{}, TextEmb: map[string]encoders.Embeddings{}}
	im, tx, far := encoders.Embeddings{N: n, Dim: 4}, encoders.Embeddings{N: n, Dim: 4}, encoders.Embeddings{N: n, Dim: 4}
	for i := range n {
		id := fmt.Sprintf("%03d", i)
		s.Good = append(s.Good, datasets.Image{ID: id, Labels: []string{fmt.Sprint(i / 2)}})
		s.Texts = append(s.Texts, datasets.Text{ID: "t" + id, Text: id, Images: []string{id}})
		for k := range 4 {
			v := float32((i*31+k*17)%23) - 11
			im.Data, tx.Data, far.Data = append(im.Data, v), append(tx.Data, v+float32(i%3)), append(far.Data, v+0.5)
		}
	}
	s.ImageEmb["i"], s.ImageEmb["far"], s.TextEmb["t"] = im, far, tx
	variant := func(name, image, text string) *variants.Variant {
		v := &variants.Variant{Spec: encoders.Spec{Name: name}, Status: store.StatusOK, ImageKey: image, TextKey: text}
		v.Info.ImageOnly = text == ""
		return v
	}
	ref, same, moved, pictures := variant("ref", "i", "t"), variant("same", "i", "t"), variant("moved", "far", "t"), variant("pictures", "far", "")
	in := Input{
		RunID: "r", Suite: &suite.Suite{Reference: "ref", Metrics: []string{"R@1"}, Resamples: 100}, Sets: []*embed.Set{s},
		Variants: []*variants.Variant{ref, same, moved, pictures}, Reference: ref, Progress: progress.New(nil),
	}
	out, err := score.Run(t.Context(), score.Input{RunID: "r", Suite: in.Suite, Sets: in.Sets, Variants: in.Variants, Reference: ref, Progress: in.Progress})
	require.NoError(t, err)
	in.Found = out.Found
	rows, err := Rows(t.Context(), in)
	require.NoError(t, err)
	value := map[string]float64{}
	for _, d := range rows {
		assert.Equal(t, "r d ref", d.RunID+" "+d.Dataset+" "+d.Reference)
		value[d.Variant+" "+d.Modality+" "+d.Stage+" "+d.Stat] = d.Value
	}
	assert.Zero(t, value["same image embedding mean_abs"])
	assert.EqualValues(t, 1, value["same similarity rank certain"], "nothing moved, so nothing can flip")
	assert.InDelta(t, 0.5, value["moved image embedding mean_abs"], 1e-6)
	assert.Zero(t, value["moved text embedding mean_abs"])
	assert.Positive(t, value["moved similarity similarity mean_abs"])
	assert.Positive(t, value["moved image unit mean_abs"])
	assert.NotContains(t, value, "pictures text embedding mean_abs", "an image tower alone")
	assert.NotContains(t, value, "pictures similarity rank top1_changed")
	assert.Contains(t, value, "pictures similarity rank:i2i top1_changed")
	assert.NotContains(t, value, "ref image embedding mean_abs")

	// Two draws of as many queries keep apart what they remember.
	folder, err := blobstore.Folder(t.TempDir())
	require.NoError(t, err)
	kept, err := cache.OpenIn(t.Context(), folder, "")
	require.NoError(t, err)
	defer kept.Close()
	s.Fingerprint(in.Variants)
	certain := func(seed uint64, scope cache.Scope) [][]drift.Verdict {
		of := *in.Suite
		of.MaxPairs, of.Seed = n*n/2, seed
		out, err := score.Run(t.Context(), score.Input{RunID: "r", Suite: &of, Sets: in.Sets, Variants: in.Variants, Reference: ref, Progress: in.Progress})
		require.NoError(t, err)
		drawn := in
		drawn.Suite, drawn.Found, drawn.Kept = &of, out.Found, scope
		_, err = Rows(t.Context(), drawn)
		require.NoError(t, err)
		var all [][]drift.Verdict
		for _, f := range out.Found[s][2] { // of "moved"
			require.Len(t, f.Certain["R@1"].Verdicts, n/2)
			all = append(all, f.Certain["R@1"].Verdicts)
		}
		return all
	}
	want := certain(2, cache.Scope{})
	require.NotEqual(t, want, certain(1, cache.Scope{Cache: kept}), "the draws differ in their verdicts")
	assert.Equal(t, want, certain(2, cache.Scope{Cache: kept}))

	ref.Status = store.StatusFailed
	rows, err = Rows(t.Context(), in)
	require.NoError(t, err)
	assert.Empty(t, rows)
}
