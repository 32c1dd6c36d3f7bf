package eval

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
)

// TestSampledSwaps: what swaps and floors of a large set do on a sample is what they do on all pictures, within its
// interval and near in size; all else is equal to the last bit. Nothing is encoded again for it later.
func TestSampledSwaps(t *testing.T) {
	cfg := config(t, untimed(t, "  - {name: single, scenes: {objects: 1, count: 120, seed: 9, captions: 2, size: 96x72}}", `  - {name: ref}
  - {name: siglip, preprocess: siglip}
  - {name: rgb, preprocess: rgb_conversion}`))
	cfg.Suite.SampleAbove = new(int)
	all := load(t, mustRun(t, cfg).Dir)
	cfg.Out = filepath.Join(t.TempDir(), "sampled")
	sampled := parse(t, "  - {name: single, scenes: {objects: 1, count: 120, seed: 9, captions: 2, size: 96x72}}", "  - {name: ref}")
	*cfg.Suite.SampleAbove = 40
	cfg.Suite.SHA256 = sampled.SHA256 // another plan
	got := load(t, mustRun(t, cfg).Dir)

	assert.Equal(t, nameless(all.Scores), nameless(got.Scores))
	whole := map[string]float64{}
	for _, d := range all.Drift {
		assert.Nil(t, d.Of)
		whole[d.Variant+d.Modality+d.Stage+d.Stat] = d.Value
	}
	require.Len(t, got.Drift, len(all.Drift))
	n, held, part, texts := 0, 0, 0, 0
	for i, d := range got.Drift {
		want := all.Drift[i]
		if d.Of == nil {
			d.RunID = want.RunID
			assert.Equal(t, want, d)
			continue
		}
		assert.Equal(t, [3]string{want.Variant, want.Stage, want.Stat}, [3]string{d.Variant, d.Stage, d.Stat})
		assert.Equal(t, want.N, *d.Of)
		assert.LessOrEqual(t, d.N, *d.Of)
		if d.N < *d.Of {
			if part++; d.Modality == "text" {
				texts++
			}
		}
		assert.True(t, strings.Contains(d.Stage, ":"), d.Stage)
		if d.Stat != "mean_abs" {
			continue
		}
		if n++; want.Value >= *d.CILow && want.Value <= *d.CIHigh {
			held++
		}
		if !strings.HasPrefix(d.Stage, store.FloorPrefix) {
			assert.LessOrEqual(t, math.Abs(d.Value-want.Value), 0.1*whole[d.Variant+"image"+store.StageAll+"mean_abs"], "%s %s", d.Variant, d.Stage)
		}
	}
	assert.Greater(t, n, 4)
	assert.Greater(t, part, 4)
	assert.Positive(t, texts, "noise floors of texts")
	assert.GreaterOrEqual(t, held, n-1, "of %d", n)

	require.NoError(t, os.RemoveAll(cfg.Out))
	_, out, names := opened(t, cfg)
	assert.False(t, out.Reused)
	assert.Empty(t, names, "all of it is kept")
	again := load(t, cfg.Out)
	assert.Equal(t, drifts(got), drifts(again))
}
