package eval

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
)

// Texts are encoded by length, more than one chunk of them side by side; each row stays its text's.
func TestTextsKeepTheirPlacesConcurrently(t *testing.T) {
	chosen := parse(t, "  - {name: single, scenes: {objects: 2, count: 14, per_set: 1, seed: 1, size: 64x64, captions: 5}}", "  - {name: ref, trim: true, batch: 8}")
	chosen.Skip = suite.Parts()
	cfg := config(t, chosen)
	out := mustRun(t, cfg)
	f, err := store.Open(out.Dir)
	require.NoError(t, err)
	path, err := f.EmbeddingsPath("ref", "single", "text")
	require.NoError(t, err)
	rows, err := store.Read[store.Embedding](path)
	require.NoError(t, err)
	require.Greater(t, len(rows), embed.TextChunk)

	set, err := chosen.Datasets[0].Open(t.Context(), ".", cfg.Art, cfg.Cache)
	require.NoError(t, err)
	defer set.Close()
	one, err := variants.OpenSingle(t.Context(), chosen, "ref", cfg.Env)
	require.NoError(t, err)
	defer one.Close()
	at := 0
	for text, err := range set.Texts(t.Context()) {
		require.NoError(t, err)
		want, err := one.Texts(t.Context(), []string{text.Text})
		require.NoError(t, err)
		require.Equal(t, text.ID, rows[at].ID)
		for k, v := range want.Data {
			require.LessOrEqual(t, math.Abs(float64(v-rows[at].Embedding[k])), 1e-4, text.Text)
		}
		at++
	}
	assert.Equal(t, len(rows), at)
	res := load(t, out.Dir)
	assert.Empty(t, res.Timings, "skipped")
	assert.Empty(t, res.Drift, "of the reference alone, without a noise floor, there is none")
}
