package eval

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
)

// Embeddings of an earlier run are scored and compared as a variant's: all that they give is what
// the variant itself gives; a set that they lack a picture of fails them, and nothing else.
func TestPrecomputed(t *testing.T) {
	made := config(t, untimed(t, single, "  - {name: ref}\n  - {name: go, preprocess: go_image}"))
	first := load(t, mustRun(t, made).Dir)
	folder := func(variant string) string { return filepath.Join(made.Out, "embeddings", variant) }
	given := fmt.Sprintf("  - {name: old/ref, runtime: precomputed, model: %q}\n  - {name: old/go, runtime: precomputed, model: %q}\n", folder("ref"), folder("go"))
	for name, variants := range map[string]string{
		"beside the model":   "  - {name: ref}\n" + given,
		"by themselves":      given,
		"and one is not all": given + fmt.Sprintf("  - {name: gone, runtime: precomputed, model: %q}\n", t.TempDir()),
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t, untimed(t, single, variants))
			res := load(t, mustRun(t, cfg).Dir)
			for old, variant := range map[string]string{"old/ref": "ref", "old/go": "go"} {
				assert.Equal(t, store.StatusOK, statuses(res)[old])
				assert.Equal(t, values(first, variant), values(res, old))
			}
			for _, s := range res.Scores {
				if s.Variant == "old/ref" && s.Delta != nil {
					assert.Zero(t, *s.Delta)
				}
			}
			for _, d := range res.Drift {
				if d.Variant == "old/ref" && d.Stage == store.StageEmbedding && d.Stat == "max_abs" {
					assert.Zero(t, d.Value)
				}
			}
			if name == "and one is not all" {
				assert.Equal(t, store.StatusFailed, statuses(res)["gone"])
			}
		})
	}
	t.Run("another gallery", func(t *testing.T) {
		cfg := config(t, untimed(t, "  - {name: single, scenes: {objects: 1, count: 13, per_set: 3, seed: 1, size: 96x72}}", "  - {name: ref}\n"+given))
		res := load(t, mustRun(t, cfg).Dir)
		assert.Equal(t, store.StatusFailed, statuses(res)["old/ref"])
		for _, v := range res.Variants {
			if v.Variant == "old/ref" {
				require.Contains(t, v.Reason, "have no embeddings")
			}
		}
	})
}

// values are a variant's scores by direction and metric.
func values(res *store.Results, variant string) map[string]float64 {
	out := map[string]float64{}
	for _, s := range res.Scores {
		if s.Variant == variant {
			out[s.Direction+" "+s.Metric] = s.Value
		}
	}
	return out
}
