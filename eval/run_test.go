package eval

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/finished"
	"github.com/fastclip/fastclip/internal/store"
)

func TestRun(t *testing.T) {
	cfg := config(t, parse(t, single+"\n"+double, three))
	first := mustRun(t, cfg)
	require.Equal(t, Outcome{Dir: cfg.Out}, first)
	res := load(t, first.Dir)
	assert.Equal(t, map[string]string{"ref": store.StatusOK, "hf": store.StatusOK, "go": store.StatusOK}, statuses(res))
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
	cfg := config(t, bare(t, double, "  - name: ref"))
	cfg.Out, cfg.Root = "", filepath.Join(t.TempDir(), "results")
	first := mustRun(t, cfg)
	assert.Equal(t, cfg.Root, filepath.Dir(first.Dir))
	assert.Equal(t, Outcome{Dir: first.Dir, Reused: true}, mustRun(t, cfg), "found again")
}

// TestRunSetsAside: a finished run gives way to another plan, and is lost to neither.
func TestRunSetsAside(t *testing.T) {
	cfg := config(t, bare(t, double, "  - name: ref"))
	mustRun(t, cfg)
	before := load(t, cfg.Out)
	cfg.Suite = bare(t, double, "  - name: other")
	out := mustRun(t, cfg)
	assert.False(t, out.Reused)
	assert.Equal(t, map[string]string{"other": store.StatusOK}, statuses(load(t, cfg.Out)))
	aside := cfg.Out + "." + before.Run.RunID
	assert.Equal(t, before, load(t, aside))
}

func TestRunRefusesFolder(t *testing.T) {
	cfg := config(t, bare(t, double, "  - name: ref"))
	require.NoError(t, os.MkdirAll(cfg.Out, 0o755))
	foreign := filepath.Join(cfg.Out, "thesis.doc")
	require.NoError(t, os.WriteFile(foreign, []byte("years of work"), 0o644))
	_, err := Run(t.Context(), cfg)
	assert.ErrorContains(t, err, "has files but no plan.json: name an empty folder with --out")
	assert.FileExists(t, foreign)

	require.NoError(t, os.WriteFile(filepath.Join(cfg.Out, finished.PlanFile), []byte("{"), 0o644))
	_, err = Run(t.Context(), cfg)
	assert.ErrorContains(t, err, "remove the folder")
}
