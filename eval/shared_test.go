package eval

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
)

// oneLibrary lets a run and its workers be in one process, which can have ONNX Runtime once.
func oneLibrary(t *testing.T, cfg Config) Config {
	t.Helper()
	lib, err := ort.Open("")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, lib.Close()) })
	cfg.Env.ORT = func() (*ort.Library, error) { return lib, nil }
	return cfg
}

// sharing is a run over a store, whose tasks are done by work.
func sharing(t *testing.T, cfg Config, work func(ctx context.Context, s blobstore.Store, p *tasks.Plan, todo []tasks.Task) error) Config {
	t.Helper()
	s, err := blobstore.Folder(filepath.Join(t.TempDir(), "store"))
	require.NoError(t, err)
	cfg.Out = filepath.Join(t.TempDir(), "out")
	cfg.Shared = &Shared{Store: s, Items: 32}
	cfg.Shared.Work = func(ctx context.Context, p *tasks.Plan, todo []tasks.Task) error { return work(ctx, s, p, todo) }
	return cfg
}

// TestSharedEqualsPlain: a run whose tasks two workers do, some of them both at once, has the tables of one that
// a single process does; what is done is not done again, and a worker of another place does nothing.
func TestSharedEqualsPlain(t *testing.T) {
	plain := oneLibrary(t, config(t, parse(t, long+"\n"+double, "  - {name: ref}\n  - {name: go, preprocess: go_image}\n  - {name: bad, image: gone.onnx}")))
	plain.Suite.Skip = []string{suite.PartTiming, suite.PartProof}
	plain.Suite.SampleAbove = new(int)
	*plain.Suite.SampleAbove = 10
	want := tables(t, mustRun(t, plain).Dir)
	rounds, searches := 0, 0
	cfg := sharing(t, plain, func(ctx context.Context, s blobstore.Store, p *tasks.Plan, todo []tasks.Task) error {
		if todo[0].Kind == tasks.KindScore { // wherever that is
			there := *p
			there.Place.CPUClass = "amd64-of-1999"
			w, err := OpenWorker(ctx, plain, s, &there)
			require.NoError(t, err)
			defer func() { assert.NoError(t, w.Close()) }()
			for _, task := range todo {
				searches++
				done, err := w.Do(ctx, task, false)
				require.NoError(t, err)
				require.NoError(t, p.PutDone(ctx, s, done))
			}
			return nil
		}
		rounds++
		if rounds == 2 {
			assert.Len(t, todo, 1)
		}
		there := *p
		there.Place.CPUClass = "amd64-of-1999"
		_, err := OpenWorker(ctx, plain, s, &there)
		require.ErrorIs(t, err, tasks.ErrElsewhere)
		there.Mixed = true
		w, err := OpenWorker(ctx, plain, s, &there)
		require.NoError(t, err)
		require.NoError(t, w.Close())

		var workers [2]*Worker
		for i := range workers {
			w, err := OpenWorker(ctx, plain, s, p)
			require.NoError(t, err)
			defer func() { assert.NoError(t, w.Close()) }()
			workers[i] = w
		}
		for i, task := range todo {
			if i == 3 && rounds == 1 {
				return assert.AnError // as if the driver had died
			}
			assert.Equal(t, []string{"ref", "go"}, task.Variants)
			done, err := workers[i%2].Do(ctx, task, false)
			require.NoError(t, err)
			assert.NotEmpty(t, done.Segments)
			again, err := workers[(i+1)%2].Do(ctx, task, false)
			require.NoError(t, err, "a duplicate with equal bytes")
			assert.Equal(t, done.Segments, again.Segments)
			if i == len(todo)-1 && rounds == 1 {
				continue
			}
			require.NoError(t, p.PutDone(ctx, s, done))
		}
		return nil
	})
	cfg.Shared.Pairs = 1
	_, err := Run(t.Context(), cfg)
	require.ErrorIs(t, err, assert.AnError)
	rounds = 2 // all are asked for that are not done
	cfg.Shared.Work = func(w func(context.Context, *tasks.Plan, []tasks.Task) error) func(context.Context, *tasks.Plan, []tasks.Task) error {
		return func(ctx context.Context, p *tasks.Plan, todo []tasks.Task) error {
			if todo[0].Kind != tasks.KindScore {
				assert.Len(t, todo, len(p.Tasks)-3)
			}
			return w(ctx, p, todo)
		}
	}(cfg.Shared.Work)
	out := mustRun(t, cfg)
	for name, rows := range tables(t, out.Dir) {
		assert.Equal(t, want[name], rows, name)
	}
	assert.Equal(t, 12, searches, "two sets, two variants, three directions")
	assert.True(t, mustRun(t, cfg).Reused)
}

// TestSharedCrash: what workers have died of is left out, as a row with the stage crash, and all else is done.
func TestSharedCrash(t *testing.T) {
	plain := oneLibrary(t, config(t, parse(t, single, "  - {name: ref}\n  - {name: go, preprocess: go_image}")))
	plain.Suite.Skip = suite.Parts()
	cfg := sharing(t, plain, func(ctx context.Context, s blobstore.Store, p *tasks.Plan, todo []tasks.Task) error {
		_, name, err := p.NameOf(ctx, s, todo[0], 5)
		require.NoError(t, err)
		require.NoError(t, p.PutCrashed(ctx, s, tasks.Crashed{Set: "single", Item: name, Reason: "crash: its process ended"}))
		require.NoError(t, p.PutCrashed(ctx, s, tasks.Crashed{Set: "single", Variant: "go", Reason: "crash: SIGABRT"}))
		w, err := OpenWorker(ctx, plain, s, p)
		require.NoError(t, err)
		defer func() { assert.NoError(t, w.Close()) }()
		for _, task := range todo {
			task.Variants = []string{"ref"}
			done, err := w.Do(ctx, task, false)
			require.NoError(t, err)
			require.NoError(t, p.PutDone(ctx, s, done))
		}
		return nil
	})
	res := load(t, mustRun(t, cfg).Dir)
	require.Len(t, res.Failures, 2)
	assert.Equal(t, []string{"go", store.StageCrash, "single: SIGABRT"}, []string{res.Failures[0].Item, res.Failures[0].Stage, res.Failures[0].Reason})
	assert.Equal(t, []string{store.StageCrash, "its process ended"}, []string{res.Failures[1].Stage, res.Failures[1].Reason})
	assert.Equal(t, map[string]string{"ref": store.StatusOK, "go": store.StatusFailed}, statuses(res))
	assert.Equal(t, map[string]bool{"ref": true}, scored(res))
	assert.EqualValues(t, 11, res.Datasets[0].Images)
}

// TestSharedDiffers: work that comes out otherwise the second time fails the run, and is named.
func TestSharedDiffers(t *testing.T) {
	cfg := sharing(t, config(t, parse(t, single, "  - {name: ref}")), func(ctx context.Context, s blobstore.Store, p *tasks.Plan, todo []tasks.Task) error {
		for _, task := range todo {
			require.NoError(t, p.PutDone(ctx, s, tasks.Done{Task: task.ID}))
		}
		return p.PutDiffers(ctx, s, "task x: entry y")
	})
	cfg.Suite.Skip = suite.Parts()
	_, err := Run(t.Context(), cfg)
	require.ErrorIs(t, err, cache.ErrDiffers)
	assert.ErrorContains(t, err, "task x: entry y")
}
