package eval

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

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
	cfg := config(t, bare(t, single, three+"\n  - {name: broken, image: gone.onnx}"))
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

// watched tells of every call before it goes through; an error ends it.
type watched struct {
	encoders.Encoder
	before func(px encoders.Pixels) error
}

func (w watched) EncodeImages(ctx context.Context, px encoders.Pixels) (encoders.Embeddings, error) {
	if err := w.before(px); err != nil {
		return encoders.Embeddings{}, err
	}
	return w.Encoder.EncodeImages(ctx, px)
}

// embedWatched runs a suite up to its embeddings.
func embedWatched(ctx context.Context, t *testing.T, cfg Config, before func(variant string, px encoders.Pixels) error) (*run, error) {
	t.Helper()
	cache, err := cache.Open(cfg.Cache, false)
	require.NoError(t, err)
	chosen := *cfg.Suite
	chosen.Skip = []string{suite.PartTiming}
	r := &run{cfg: cfg, suite: &chosen, cache: cache, progress: progress.New(nil), opener: variants.NewOpener(cfg.Env, machine.ThisHost().CPU, cfg.Build)}
	r.openVariants(ctx)
	for _, v := range r.variants {
		require.True(t, v.OK(), v.Reason)
		v.Enc = watched{v.Enc, func(px encoders.Pixels) error { return before(v.Spec.Name, px) }}
	}
	chosen.Skip = append(chosen.Skip, suite.PartFloor)
	require.NoError(t, r.planRest(ctx))
	require.NoError(t, r.openSets(ctx))
	t.Cleanup(func() {
		for _, s := range r.sets {
			assert.NoError(t, s.Dataset.Close())
		}
		assert.NoError(t, r.opener.Close())
		cache.Close()
	})
	return r, r.encode(ctx)
}

// TestRunSharesWorkConcurrently: an encoder sees each picture once a pipeline, however many variants and
// swaps name it; what the cache has, not at all.
func TestRunSharesWorkConcurrently(t *testing.T) {
	cfg := config(t, untimed(t, single, three+"\n  - {name: same}"))
	var seen atomic.Int64
	count := func(_ string, px encoders.Pixels) error { seen.Add(int64(px.N)); return nil }
	t.Run("first", func(t *testing.T) {
		r, err := embedWatched(t.Context(), t, cfg, count)
		require.NoError(t, err)
		keys := map[string]bool{}
		for _, v := range r.withSwaps() {
			keys[v.ImageKey] = true
		}
		assert.EqualValues(t, 12*len(keys), seen.Load())
		assert.Less(t, len(keys), len(r.withSwaps()), "some are shared")
		assert.Equal(t, r.variants[0].ImageKey, r.variants[1].ImageKey)
		assert.Equal(t, r.variants[0].TextKey, r.variants[3].TextKey)
	})
	t.Run("again", func(t *testing.T) {
		seen.Store(0)
		_, err := embedWatched(t.Context(), t, cfg, count)
		require.NoError(t, err)
		assert.Zero(t, seen.Load())
	})
}

// long is more than a chunk.
const long = "  - {name: long, scenes: {objects: 1, count: 40, seed: 1, size: 64x64}}"

// TestSlotsStayFullConcurrently: while the first chunk's call takes long, all later ones go on beside it.
func TestSlotsStayFullConcurrently(t *testing.T) {
	if runtime.NumCPU() < 2 {
		t.Skip("one call at once on one core")
	}
	cfg := config(t, untimed(t, "  - {name: longer, scenes: {objects: 1, count: 96, seed: 1, size: 64x64}}", "  - {name: ref}"))
	var calls atomic.Int64
	third := make(chan struct{})
	_, err := embedWatched(t.Context(), t, cfg, func(_ string, px encoders.Pixels) error {
		switch calls.Add(1) {
		case 1:
			select {
			case <-third:
			case <-time.After(20 * time.Second):
				return errors.New("the third call waits for the first")
			}
		case 3:
			close(third)
		}
		return nil
	})
	require.NoError(t, err)
	assert.EqualValues(t, 3, calls.Load())
}

// TestRunFailsMidwayConcurrently: a variant that fails in its second chunk has no scores; all others have
// those of a run without it.
func TestRunFailsMidwayConcurrently(t *testing.T) {
	cfg := config(t, parse(t, long, "  - {name: ref}\n  - {name: hf, tokenizer: hf}\n  - {name: go, preprocess: rgb_conversion}\n  - {name: bad, image: image.fp16.onnx}"))
	r, err := embedWatched(t.Context(), t, cfg, func(v string, px encoders.Pixels) error {
		if v == "bad" && px.N < embed.ChunkSize {
			return errors.New("out of\nmemory")
		}
		return nil
	})
	require.NoError(t, err)
	for _, step := range []func(context.Context) error{r.score, r.compare} {
		require.NoError(t, step(t.Context()))
	}
	require.NoError(t, r.time(t.Context(), r.groups()[0], 0))
	require.NoError(t, r.write(cfg.Out))
	res := load(t, cfg.Out)
	assert.Equal(t, map[string]string{"ref": store.StatusOK, "hf": store.StatusOK, "go": store.StatusOK, "bad": store.StatusFailed}, statuses(res))
	assert.Equal(t, "out of memory", res.Variants[3].Reason)
	assert.Equal(t, map[string]bool{"ref": true, "hf": true, "go": true}, scored(res))
	for _, d := range res.Drift {
		assert.NotEqual(t, "bad", d.Variant)
	}
	for _, d := range res.Timings {
		assert.NotEqual(t, "bad", d.Variant)
	}
}

// TestRunCancelledMidway stops at a call of a model: nobody's fault, and the next run completes.
func TestRunCancelledMidway(t *testing.T) {
	cfg := config(t, bare(t, long, three))
	t.Run("stopped", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := embedWatched(ctx, t, cfg, func(_ string, px encoders.Pixels) error {
			if px.N < embed.ChunkSize { // the second chunk
				cancel()
			}
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		for _, v := range r.variants {
			assert.Equal(t, store.StatusOK, v.Status)
		}
	})
	calm := cfg
	calm.Out, calm.Cache = t.TempDir(), t.TempDir()
	assert.Equal(t, nameless(load(t, mustRun(t, calm).Dir).Scores), nameless(load(t, mustRun(t, cfg).Dir).Scores))
}

// TestRunLocked: a second program is told to keep out of a folder that a run is at, though it has a
// cache of its own. A finished run is read by all.
func TestRunLocked(t *testing.T) {
	cfg := config(t, parse(t, single, "  - {name: ref}"))
	cfg.Suite.Skip = suite.Parts()
	held, err := lockFolder(cfg.Out)
	require.NoError(t, err)
	other := cfg
	other.Cache = filepath.Join(t.TempDir(), "another cache")
	_, err = Run(t.Context(), other)
	require.ErrorIs(t, err, cache.ErrLocked)
	require.NoError(t, held.Close())
	mustRun(t, cfg)
	held, err = lockFolder(cfg.Out)
	require.NoError(t, err)
	assert.True(t, mustRun(t, cfg).Reused)
	another := cfg
	another.Suite = parse(t, double, "  - {name: ref}")
	_, err = Run(t.Context(), another)
	require.ErrorIs(t, err, cache.ErrLocked, "another plan would set the run aside")
	require.NoError(t, held.Close())
}

// blocked has files where a cache's folders would be: nothing can be stored in it, as on a full disk.
func blocked(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "segments"), nil, 0o644))
	for i := range 256 { // of tensors
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02x", i)), nil, 0o644))
	}
}

// TestCachesMayFail: a run ends well beside caches that take nothing, and says so once.
func TestCachesMayFail(t *testing.T) {
	calm := config(t, parse(t, single, three))
	calm.Suite.Skip = suite.Parts()
	want := nameless(load(t, mustRun(t, calm).Dir).Scores)
	for name, block := range map[string]func(dir string){
		"finished work": func(dir string) { blocked(t, dir) },
		"tensors":       func(dir string) { blocked(t, filepath.Join(dir, cache.TensorsDir)) },
		"no folder of tensors": func(dir string) {
			require.NoError(t, os.MkdirAll(dir, 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, cache.TensorsDir), nil, 0o644))
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t, calm.Suite)
			cfg.Tensors = 1 << 30
			var said strings.Builder
			cfg.Progress = &said
			block(cfg.Cache)
			out := mustRun(t, cfg)
			assert.Zero(t, out.Failures)
			assert.Equal(t, want, nameless(load(t, out.Dir).Scores))
			assert.Equal(t, 1, strings.Count(said.String(), " stored for later runs"), said.String())
		})
	}
}
