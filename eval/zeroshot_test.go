package eval

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/eval/score"
)

// A suite with templates has the three metrics for every variant, and CI and tests as others have.
func TestRunClassifies(t *testing.T) {
	cfg := config(t, bare(t, `  - {name: single, scenes: {objects: 1, count: 24, seed: 3, size: 96x72}, templates: ["a photo of a {}", "a drawing of a {c}."]}`, `  - {name: ref}
  - {name: go, preprocess: go_image}`))
	res := load(t, mustRun(t, cfg).Dir)
	seen := map[string]int{}
	for _, s := range res.Scores {
		if s.Metric == score.AccTop1 || s.Metric == score.AccTop5 || s.Metric == score.PerClassTop1 {
			seen[s.Variant+" "+s.Metric]++
			assert.Equal(t, int64(24), s.NQueries)
			assert.LessOrEqual(t, s.CILow, s.Value)
			assert.Equal(t, s.Variant != "ref", s.PValue != nil)
			sum := 0.0
			for _, q := range res.Queries {
				if q.Variant == s.Variant && q.Metric == s.Metric {
					sum += q.Value / 24
				}
			}
			assert.InDelta(t, s.Value, sum, 1e-12)
		}
	}
	assert.Len(t, seen, 6)
	assert.FileExists(t, filepath.Join(cfg.Out, "embeddings", "ref", "single.prompt.parquet"))
}
