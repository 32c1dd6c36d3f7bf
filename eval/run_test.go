package eval

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/store"
)

func TestRun(t *testing.T) {
	cfg := config(t, parse(t, single+"\n"+double, three))
	first := mustRun(t, cfg)
	require.Equal(t, Outcome{Dir: cfg.Out}, first)
	res := load(t, first.Dir)
	assert.Equal(t, map[string]string{"ref": StatusOK, "hf": StatusOK, "go": StatusOK}, statuses(res))
	assert.Len(t, res.Scores, 2*3*3*5, "datasets, variants, directions, metrics")
	assert.Equal(t, store.StatusOK, res.Run.Status)
	for _, s := range res.Scores {
		assert.True(t, s.TieLow <= s.Value && s.Value <= s.TieHigh, "%+v", s)
		assert.True(t, s.CILow <= s.Value && s.Value <= s.CIHigh, "%+v", s)
		assert.Equal(t, s.Variant == "ref", s.Delta == nil)
		if s.Variant == "hf" {
			assert.Zero(t, *s.Delta, "nothing differs on these texts")
		}
	}

	t.Run("again", func(t *testing.T) {
		assert.Equal(t, Outcome{Dir: cfg.Out, Reused: true}, mustRun(t, cfg))
		assert.Equal(t, res, load(t, cfg.Out), "not a byte is another")
	})
	t.Run("fresh", func(t *testing.T) {
		cfg := cfg
		cfg.Fresh = true
		out := mustRun(t, cfg)
		assert.False(t, out.Reused)
		assert.Equal(t, nameless(res.Scores), nameless(load(t, out.Dir).Scores))
	})
	t.Run("another cache", func(t *testing.T) {
		cfg := cfg
		cfg.Out, cfg.Cache = t.TempDir(), t.TempDir()
		assert.Equal(t, nameless(res.Scores), nameless(load(t, mustRun(t, cfg).Dir).Scores))
	})
	t.Run("another build", func(t *testing.T) {
		cfg := cfg
		cfg.Out, cfg.Build = t.TempDir(), "test 2"
		assert.False(t, mustRun(t, cfg).Reused)
	})
}

func TestRunUnderRoot(t *testing.T) {
	cfg := config(t, parse(t, double, "  - name: ref"))
	cfg.Out, cfg.Root = "", filepath.Join(t.TempDir(), "results")
	first := mustRun(t, cfg)
	assert.Equal(t, cfg.Root, filepath.Dir(first.Dir))
	assert.Equal(t, Outcome{Dir: first.Dir, Reused: true}, mustRun(t, cfg), "found again")
}

// TestRunSetsAside: a finished run gives way to another plan, and is lost to neither.
func TestRunSetsAside(t *testing.T) {
	cfg := config(t, parse(t, double, "  - name: ref"))
	mustRun(t, cfg)
	before := load(t, cfg.Out)
	cfg.Suite = parse(t, double, "  - name: other")
	out := mustRun(t, cfg)
	assert.False(t, out.Reused)
	assert.Equal(t, map[string]string{"other": StatusOK}, statuses(load(t, cfg.Out)))
	aside := cfg.Out + "." + before.Run.RunID
	assert.Equal(t, before, load(t, aside))
}

func TestRunRefusesFolder(t *testing.T) {
	cfg := config(t, parse(t, double, "  - name: ref"))
	require.NoError(t, os.MkdirAll(cfg.Out, 0o755))
	foreign := filepath.Join(cfg.Out, "thesis.doc")
	require.NoError(t, os.WriteFile(foreign, []byte("years of work"), 0o644))
	_, err := Run(t.Context(), cfg)
	assert.ErrorContains(t, err, "has files but no plan.json: name an empty folder with --out")
	assert.FileExists(t, foreign)

	require.NoError(t, os.WriteFile(filepath.Join(cfg.Out, planFile), []byte("{"), 0o644))
	_, err = Run(t.Context(), cfg)
	assert.ErrorContains(t, err, "remove the folder")
}

// TestRunBrokenPictures: all variants search the same gallery, without the broken ones.
func TestRunBrokenPictures(t *testing.T) {
	dir := pictureFolder(t, 3)
	whole, err := os.ReadFile(filepath.Join(dir, "red", "1.png"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "blue", "text.jpg"), []byte("no picture"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "red", "0torn.png"), whole[:len(whole)/2], 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "red", "empty.png"), nil, 0o644))
	cfg := config(t, parse(t, "  - {name: mine, folder: {path: "+dir+"}}\n"+double, three))

	check := func(out Outcome) {
		assert.Equal(t, 3, out.Failures)
		res := load(t, out.Dir)
		assert.Equal(t, StatusFailed, res.Run.Status)
		assert.Equal(t, map[string]string{"ref": StatusOK, "hf": StatusOK, "go": StatusOK}, statuses(res))
		var items []string
		for _, f := range res.Failures {
			assert.NotEmpty(t, f.Reason)
			assert.Equal(t, "mine/decode", f.Dataset+"/"+f.Stage)
			items = append(items, filepath.Base(f.Item))
		}
		assert.ElementsMatch(t, []string{"text.jpg", "0torn.png", "empty.png"}, items)
		assert.Equal(t, []int64{6, 3}, []int64{res.Datasets[0].Images, res.Datasets[0].Skipped})
		f, err := store.Open(out.Dir)
		require.NoError(t, err)
		for _, v := range []string{"ref", "hf", "go"} {
			rows, err := f.ReadEmbeddings(v, "mine", "image")
			require.NoError(t, err)
			var ids []string
			for _, r := range rows {
				ids = append(ids, filepath.Base(filepath.Dir(r.ID))+"/"+filepath.Base(r.ID))
			}
			assert.Equal(t, []string{"blue/0.png", "blue/1.png", "blue/2.png", "red/0.png", "red/1.png", "red/2.png"}, ids)
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
	cfg.Out, cfg.Cache = t.TempDir(), t.TempDir()
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
	cfg := config(t, parse(t, gone+"\n"+double, "  - name: ref"))
	out := mustRun(t, cfg)
	assert.Equal(t, 1, out.Failures)
	res := load(t, out.Dir)
	require.Len(t, res.Failures, 1)
	assert.Equal(t, []string{"mine", "", "open"}, []string{res.Failures[0].Dataset, res.Failures[0].Item, res.Failures[0].Stage})

	cfg = config(t, parse(t, gone, "  - name: ref"))
	_, err := Run(t.Context(), cfg)
	assert.ErrorContains(t, err, "no dataset could be opened")
}

// TestRunBrokenVariants: each ends with its own status and reason, and harms no other.
func TestRunBrokenVariants(t *testing.T) {
	cfg := config(t, parse(t, double, three+`
  - {name: file, image: gone.onnx}
  - {name: model, model: gone}
  - {name: weights, image: card.json}
  - {name: pipeline, preprocess: gone}
  - {name: runtime, runtime: tensorflow}
  - {name: provider, provider: cuda}`))
	out := mustRun(t, cfg)
	assert.Equal(t, 6, out.Failures)
	res := load(t, out.Dir)
	assert.Equal(t, map[string]bool{"ref": true, "hf": true, "go": true}, scored(res))
	for _, v := range res.Variants {
		want := map[string]struct{ status, reason string }{
			"file":     {StatusFailed, "model mini has no file gone.onnx"},
			"model":    {StatusFailed, `model "gone" is neither built in (mini) nor a folder`},
			"weights":  {StatusFailed, "card.json"},
			"pipeline": {StatusFailed, `no pipeline "gone"`},
			"runtime":  {StatusUnavailable, `runtime "tensorflow" is not in this build`},
			"provider": {StatusUnavailable, "cuda"},
		}[v.Variant]
		if want.status == "" {
			want.status = StatusOK
			assert.Empty(t, v.Reason)
		}
		assert.Equal(t, want.status, v.Status, v.Variant)
		assert.Contains(t, v.Reason, want.reason, v.Variant)
		assert.NotContains(t, v.Reason, "\n")
	}
}

// TestRunWithoutReference: scores stand, what needs a reference is left out.
func TestRunWithoutReference(t *testing.T) {
	cfg := config(t, parse(t, double, "  - {name: ref, image: gone.onnx}\n  - name: a\n  - {name: b, preprocess: go_image}"))
	res := load(t, mustRun(t, cfg).Dir)
	assert.Equal(t, map[string]bool{"a": true, "b": true}, scored(res))
	assert.Empty(t, res.Drift)
	for _, s := range res.Scores {
		assert.Nil(t, s.Delta)
	}
}

func TestRunTimeout(t *testing.T) {
	s := parse(t, double, three)
	s.Timeout = 1
	cfg := config(t, s)
	out := mustRun(t, cfg)
	assert.Equal(t, 3, out.Failures)
	res := load(t, out.Dir)
	assert.Equal(t, map[string]string{"ref": StatusTimeout, "hf": StatusTimeout, "go": StatusTimeout}, statuses(res))
	assert.Empty(t, res.Scores)
	assert.Empty(t, res.Drift)
}

// cancelAt is a progress writer that stops the run when it reads a word.
type cancelAt struct {
	word   string
	cancel context.CancelFunc
}

func (c cancelAt) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.word) {
		c.cancel()
	}
	return len(p), nil
}

func TestRunCancelled(t *testing.T) {
	cfg := config(t, parse(t, single, three+"\n  - {name: broken, image: gone.onnx}"))
	want := nameless(load(t, mustRun(t, cfg).Dir).Scores)
	cfg.Out, cfg.Cache = filepath.Join(t.TempDir(), "out"), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	stopped := cfg
	stopped.Progress = cancelAt{"broken: failed", cancel}
	_, err := Run(ctx, stopped)
	require.ErrorIs(t, err, context.Canceled)
	assert.False(t, store.IsComplete(cfg.Out))
	out := mustRun(t, cfg)
	assert.False(t, out.Reused)
	assert.Equal(t, want, nameless(load(t, out.Dir).Scores))
}

// counting counts what an encoder is given, and may do something before each call.
type counting struct {
	encoders.Encoder
	mu     *sync.Mutex
	images *map[string]int
	before func()
}

func (c counting) EncodeImages(ctx context.Context, px encoders.Pixels) (encoders.Embeddings, error) {
	c.before()
	c.mu.Lock()
	(*c.images)[c.Info().ImageKey] += px.N
	c.mu.Unlock()
	return c.Encoder.EncodeImages(ctx, px)
}

// embedCounted runs a suite up to its embeddings; counts are pictures by the encoder's image key.
func embedCounted(ctx context.Context, t *testing.T, cfg Config, before func()) (r *run, counts map[string]int, err error) {
	t.Helper()
	cache, err := OpenCache(cfg.Cache, false)
	require.NoError(t, err)
	r = &run{cfg: cfg, suite: cfg.Suite, cache: cache, progress: newProgress(nil), opener: newOpener(cfg.Env, "cpu", cfg.Build)}
	defer func() { require.NoError(t, r.opener.Close()) }()
	r.openVariants(ctx)
	counts = map[string]int{}
	var mu sync.Mutex
	for _, v := range r.variants {
		require.True(t, v.ok(), v.reason)
		v.enc = counting{v.enc, &mu, &counts, before}
	}
	require.NoError(t, r.planSwaps())
	require.NoError(t, r.openSets(ctx))
	err = r.embed(ctx)
	for _, s := range r.sets {
		require.NoError(t, s.ds.Close())
	}
	return r, counts, err
}

// TestRunSharesWork: an encoder sees each picture once a pipeline, however many variants, swaps
// and datasets name it; what the cache has, not at all.
func TestRunSharesWork(t *testing.T) {
	nothing := func() {}
	cfg := config(t, parse(t, single, three+"\n  - {name: same}"))
	r, counts, err := embedCounted(t.Context(), t, cfg, nothing)
	require.NoError(t, err)
	// One encoder behind: ref's pipeline, go_image, and the swaps between them that are neither.
	keys := map[string]bool{}
	for _, v := range r.withSwaps() {
		keys[v.imageKey] = true
	}
	require.Len(t, counts, 1)
	for _, n := range counts {
		assert.Equal(t, 12*len(keys), n)
	}
	assert.Less(t, len(keys), 2+len(r.swaps)+1)
	assert.Equal(t, r.variants[0].imageKey, r.variants[1].imageKey)
	assert.Equal(t, r.variants[0].textKey, r.variants[3].textKey)

	_, counts, err = embedCounted(t.Context(), t, cfg, nothing)
	require.NoError(t, err)
	assert.Empty(t, counts, "all is in the cache")
}

// TestRunCancelledMidway stops at the first call of a model; what was finished is kept.
func TestRunCancelledMidway(t *testing.T) {
	cfg := config(t, parse(t, "  - {name: long, scenes: {objects: 1, count: 40, seed: 1}}", three))
	ctx, cancel := context.WithCancel(t.Context())
	var calls int
	var mu sync.Mutex
	r, _, err := embedCounted(ctx, t, cfg, func() {
		mu.Lock()
		defer mu.Unlock()
		if calls++; calls == 3 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	for _, v := range r.variants {
		assert.Equal(t, StatusOK, v.status, "a stopped run is nobody's fault")
	}
	mustRun(t, cfg)
}
