package eval

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
)

// TestRunBrokenPictures: all variants search the same gallery, without the broken ones.
func TestRunBrokenPictures(t *testing.T) {
	const n = 18 // of each label: more than a chunk
	dir := pictureFolder(t, n)
	whole, err := os.ReadFile(filepath.Join(dir, "red", "1.png"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "blue", "text.jpg"), []byte("no picture"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "red", "0torn.png"), whole[:len(whole)/2], 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "red", "empty.png"), nil, 0o644))
	cfg := config(t, untimed(t, "  - {name: mine, folder: {path: "+dir+"}}\n"+double, three))

	check := func(out Outcome) {
		assert.Equal(t, 3, out.Failures)
		res := load(t, out.Dir)
		assert.Equal(t, store.StatusFailed, res.Run.Status)
		assert.Equal(t, map[string]string{"ref": store.StatusOK, "hf": store.StatusOK, "go": store.StatusOK}, statuses(res))
		var items []string
		for _, f := range res.Failures {
			assert.NotEmpty(t, f.Reason)
			assert.Equal(t, "mine/decode", f.Dataset+"/"+f.Stage)
			items = append(items, filepath.Base(f.Item))
		}
		assert.ElementsMatch(t, []string{"text.jpg", "0torn.png", "empty.png"}, items)
		assert.Equal(t, []int64{2 * n, 3}, []int64{res.Datasets[0].Images, res.Datasets[0].Skipped})
		f, err := store.Open(out.Dir)
		require.NoError(t, err)
		for _, v := range []string{"ref", "hf", "go"} {
			rows, err := f.ReadEmbeddings(v, "mine", "image")
			require.NoError(t, err)
			var ids []string
			for _, r := range rows {
				ids = append(ids, filepath.Base(filepath.Dir(r.ID))+"/"+filepath.Base(r.ID))
			}
			assert.Len(t, ids, 2*n)
			assert.Subset(t, ids, []string{"blue/0.png", "blue/17.png", "red/0.png", "red/17.png"})
		}
	}
	first := mustRun(t, cfg)
	check(first)
	scores := nameless(load(t, first.Dir).Scores)
	assert.NotEmpty(t, scores)

	reused := mustRun(t, cfg)
	assert.True(t, reused.Reused)
	assert.Equal(t, 3, reused.Failures, "a reused run is no success either")

	cfg.Out = t.TempDir() // from the cache, where the broken ones are remembered
	cached := mustRun(t, cfg)
	check(cached)
	assert.Equal(t, scores, nameless(load(t, cached.Dir).Scores))

	// The same pictures without the broken ones give the same embeddings and scores.
	for _, name := range []string{"blue/text.jpg", "red/0torn.png", "red/empty.png"} {
		require.NoError(t, os.Remove(filepath.Join(dir, name)))
	}
	cfg.Out, cfg.Cache, cfg.Suite.Skip = t.TempDir(), t.TempDir(), suite.Parts()
	assert.Equal(t, scores, nameless(load(t, mustRun(t, cfg).Dir).Scores))
}

// TestRunOnlyBroken: nothing to search is a failure with a name, not a crash.
func TestRunOnlyBroken(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "dog"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "dog", "1.png"), []byte("no picture"), 0o644))
	cfg := config(t, parse(t, "  - {name: mine, folder: {path: "+dir+"}}\n"+double, three))
	out := mustRun(t, cfg)
	assert.Equal(t, 1, out.Failures)
	res := load(t, out.Dir)
	assert.Zero(t, res.Datasets[0].Images)
	assert.NotEmpty(t, res.Timings, "of the dataset that has pictures")
	for _, s := range res.Scores {
		assert.Equal(t, "double", s.Dataset)
	}
	for _, d := range res.Drift {
		assert.Equal(t, "double", d.Dataset)
	}
}

func TestRunMissingDataset(t *testing.T) {
	gone := "  - {name: mine, folder: {path: gone}}"
	cfg := config(t, bare(t, gone+"\n"+double, "  - name: ref"))
	out := mustRun(t, cfg)
	assert.Equal(t, 1, out.Failures)
	res := load(t, out.Dir)
	require.Len(t, res.Failures, 1)
	assert.Equal(t, []string{"mine", "", "open"}, []string{res.Failures[0].Dataset, res.Failures[0].Item, res.Failures[0].Stage})

	cfg = config(t, bare(t, gone, "  - name: ref"))
	_, err := Run(t.Context(), cfg)
	assert.ErrorContains(t, err, "no dataset could be opened")
}

// TestRunBrokenVariants: each ends with its own status and reason, and harms no other.
func TestRunBrokenVariants(t *testing.T) {
	cfg := config(t, untimed(t, double, three+`
  - {name: file, image: gone.onnx}
  - {name: model, model: gone}
  - {name: weights, image: card.json}
  - {name: pipeline, preprocess: gone}
  - {name: provider, provider: cuda}`))
	out := mustRun(t, cfg)
	assert.Equal(t, 5, out.Failures)
	res := load(t, out.Dir)
	assert.Equal(t, map[string]bool{"ref": true, "hf": true, "go": true}, scored(res))
	for _, v := range res.Variants {
		want := map[string]struct{ status, reason string }{
			"file":     {store.StatusFailed, "model mini has no file gone.onnx"},
			"model":    {store.StatusFailed, `model "gone" is neither built in (mini) nor a folder`},
			"weights":  {store.StatusFailed, "card.json"},
			"pipeline": {store.StatusFailed, `no pipeline "gone"`},
			"provider": {store.StatusUnavailable, "cuda"},
		}[v.Variant]
		if want.status == "" {
			want.status = store.StatusOK
			assert.Empty(t, v.Reason)
		}
		assert.Equal(t, want.status, v.Status, v.Variant)
		assert.Contains(t, v.Reason, want.reason, v.Variant)
		assert.NotContains(t, v.Reason, "\n")
	}
}

// TestRunWithoutReference: scores stand, what needs a reference is left out.
func TestRunWithoutReference(t *testing.T) {
	cfg := config(t, untimed(t, double, "  - {name: ref, image: gone.onnx}\n  - name: a\n  - {name: b, preprocess: go_image}"))
	res := load(t, mustRun(t, cfg).Dir)
	assert.Equal(t, map[string]bool{"a": true, "b": true}, scored(res))
	assert.Empty(t, res.Drift)
	for _, s := range res.Scores {
		assert.Nil(t, s.Delta)
	}
}

func TestRunTimeoutConcurrently(t *testing.T) {
	s := bare(t, double, three)
	s.Timeout = 1
	cfg := config(t, s)
	out := mustRun(t, cfg)
	assert.Equal(t, 3, out.Failures)
	res := load(t, out.Dir)
	assert.Equal(t, map[string]string{"ref": store.StatusTimeout, "hf": store.StatusTimeout, "go": store.StatusTimeout}, statuses(res))
	assert.Empty(t, res.Scores)
	assert.Empty(t, res.Drift)
}
