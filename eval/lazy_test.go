package eval

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/finished"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
)

// opened executes a run, and tells which variants' encoders are open at its end.
func opened(t *testing.T, cfg Config) (*run, Outcome, []string) {
	t.Helper()
	r, err := newRun(cfg)
	require.NoError(t, err)
	defer r.progress.Stop()
	out, err := r.execute(t.Context())
	require.NoError(t, err)
	var names []string
	for _, v := range r.withFloors() {
		if v.Lazy != nil && v.Lazy.Unwrap() != nil {
			names = append(names, v.Spec.Name)
		}
	}
	for _, s := range r.sets {
		require.NoError(t, s.Dataset.Close())
	}
	r.cache.Close()
	require.NoError(t, r.opener.Close())
	require.NoError(t, r.logs.Close())
	return r, out, names
}

const modelled = `  - {name: ref, model: %[1]s}
  - {name: half, model: %[1]s, image: image.fp16.onnx, text: text.fp16.onnx, precision: fp16}
  - {name: go, model: %[1]s, preprocess: go_image, trim: true}
  - {name: xnnpack, model: %[1]s, provider: xnnpack}`

// TestNothingOpened: a run with nothing to encode opens no encoder, and knows of each what opening it
// would have told. One with something to encode opens what has to, and a file that has changed, or a
// model that cannot be loaded, is seen.
func TestNothingOpened(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "model")
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(testenv.Root(t), "testdata", "models", "mini"))))
	chosen := func(more string) *suite.Suite { return parse(t, double, fmt.Sprintf(modelled, dir)+more) }
	cfg := config(t, chosen(""))
	first, _, names := opened(t, cfg)
	assert.Contains(t, names, "ref")
	want := load(t, cfg.Out)

	same, out, names := opened(t, cfg)
	assert.True(t, out.Reused)
	assert.Equal(t, 1, out.Failures)
	assert.Empty(t, names)
	assert.Equal(t, first.plan, same.plan)
	for i, v := range same.variants {
		was := first.variants[i]
		assert.Equal(t, was.Info, v.Info, v.Spec.Name)
		assert.Equal(t, was.Proof, v.Proof, v.Spec.Name)
		assert.Equal(t, []string{was.Status, was.Reason, was.ImageKey, was.TextKey}, []string{v.Status, v.Reason, v.ImageKey, v.TextKey}, v.Spec.Name)
	}
	assert.Equal(t, store.StatusUnavailable, same.variants[3].Status)

	cfg.Out = filepath.Join(t.TempDir(), "again")
	cfg.Suite = chosen("")
	cfg.Suite.Skip = []string{suite.PartTiming}
	_, out, names = opened(t, cfg)
	assert.False(t, out.Reused)
	assert.Empty(t, names, "written again from what is kept")
	got := load(t, cfg.Out)
	assert.Equal(t, nameless(want.Scores), nameless(got.Scores))
	assert.Equal(t, drifts(want), drifts(got))
	assert.Equal(t, unnamed(want.Variants), unnamed(got.Variants))

	cfg.Suite = chosen("\n  - {name: one, model: " + dir + ", batch: 8}")
	cfg.Suite.Skip = []string{suite.PartTiming, suite.PartProof, suite.PartSwaps}
	more, out, names := opened(t, cfg)
	assert.False(t, out.Reused)
	assert.Equal(t, []string{"one"}, names)
	assert.Nil(t, more.variants[4].Proof, "left out")

	require.NoError(t, os.Rename(filepath.Join(dir, "image.optimised.onnx"), filepath.Join(dir, "image.fp16.onnx")))
	_, out, names = opened(t, cfg)
	assert.False(t, out.Reused, "a model file has changed")
	assert.Equal(t, []string{"half"}, names)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "text.fp16.onnx"), []byte("torn"), 0o600))
	broken, out, names := opened(t, cfg)
	assert.Equal(t, store.StatusFailed, broken.variants[1].Status)
	assert.Equal(t, 2, out.Failures)
	assert.Empty(t, names)
}

func unnamed(rows []store.Variant) []store.Variant {
	for i := range rows {
		rows[i].RunID = ""
	}
	return rows
}

// TestLost: a run in which an encoder cannot be opened that was promised to be there is no result of
// its plan: a later one with the same files comes to another end.
func TestLost(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "model")
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(testenv.Root(t), "testdata", "models", "mini"))))
	cfg := config(t, parse(t, double, fmt.Sprintf("  - {name: ref}\n  - {name: half, model: %s, image: image.fp16.onnx, text: text.fp16.onnx}", dir)))
	cfg.Suite.Skip = suite.Parts()
	mustRun(t, cfg)

	whole, err := os.ReadFile(filepath.Join(dir, "image.fp16.onnx"))
	require.NoError(t, err)
	cfg.Out = filepath.Join(t.TempDir(), "out")
	r, err := newRun(cfg)
	require.NoError(t, err)
	r.openVariants(t.Context())
	require.Nil(t, r.variants[1].Lazy.Unwrap())
	require.NoError(t, r.openSets(t.Context()))
	r.plan = r.planKey()
	promised := r.plan
	require.NoError(t, os.Remove(filepath.Join(dir, "image.fp16.onnx")))
	r.variants[1].ImageKey = "wants to be encoded"
	folder, held, done, err := r.takeFolder()
	require.NoError(t, err)
	require.False(t, done)
	out, err := r.compute(t.Context(), folder)
	require.NoError(t, err)
	require.NoError(t, held.Close())
	assert.Equal(t, 1, out.Failures)
	assert.NotEqual(t, promised, r.plan)
	p, err := finished.ReadPlan(out.Dir)
	require.NoError(t, err)
	assert.Equal(t, r.plan, p.Plan)
	for _, s := range r.sets {
		require.NoError(t, s.Dataset.Close())
	}
	require.NoError(t, r.opener.Close())
	require.NoError(t, r.logs.Close())

	require.NoError(t, os.WriteFile(filepath.Join(dir, "image.fp16.onnx"), whole, 0o600))
	again := mustRun(t, cfg)
	assert.False(t, again.Reused)
	assert.Zero(t, again.Failures)
}
