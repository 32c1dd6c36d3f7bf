package eval

import (
	"bytes"
	"encoding/json"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
)

// relevance is what answers which query of a generated dataset: by direction, by query id.
func relevance(t *testing.T, cfg Config) map[string]map[string][]string {
	t.Helper()
	r := &run{cfg: cfg, suite: cfg.Suite}
	s, err := embed.OpenSet(t.Context(), cfg.Suite.Datasets[0], r.where())
	require.NoError(t, err)
	defer s.Dataset.Close()
	out := map[string]map[string][]string{store.TextToImage: {}, store.ImageToText: {}, store.ImageToImage: {}}
	add := func(direction, query, item string) {
		out[direction][query] = append(out[direction][query], item)
	}
	has := func(im datasets.Image, label string) bool { return slices.Contains(im.Labels, label) }
	for _, im := range s.Images {
		for _, tx := range s.Texts {
			if !slices.ContainsFunc(tx.Labels, func(l string) bool { return !has(im, l) }) {
				add(store.TextToImage, tx.ID, im.ID)
				add(store.ImageToText, im.ID, tx.ID)
			}
		}
		for _, other := range s.Images {
			if other.ID != im.ID && assert.ObjectsAreEqual(slices.Sorted(slices.Values(im.Labels)), slices.Sorted(slices.Values(other.Labels))) {
				add(store.ImageToImage, im.ID, other.ID)
			}
		}
	}
	return out
}

// TestRecomputed: numpy, reading the run with DuckDB, finds the same scores and drift.
func TestRecomputed(t *testing.T) {
	uv := testenv.UV(t)
	cfg := config(t, bare(t, "  - {name: double, scenes: {objects: 2, count: 60, per_set: 3, seed: 5, size: 96x72}}", `  - {name: ref/mini}
  - {name: int8/mini, image: image.int8.onnx, text: text.int8.onnx, precision: int8, preprocess: go_image}
  - {name: trim/mini, trim: true, batch: 1}`))
	cfg.Suite.Metrics = suite.MetricNames()
	out := mustRun(t, cfg)
	judgements, err := json.Marshal(relevance(t, cfg))
	require.NoError(t, err)
	for _, v := range []string{"int8/mini", "trim/mini"} {
		cmd := exec.Command(uv, "run", "--quiet", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "recompute.py"), out.Dir, "double", v, "ref/mini")
		var stderr strings.Builder
		cmd.Stdin, cmd.Stderr = bytes.NewReader(judgements), &stderr
		printed, err := cmd.Output()
		require.NoError(t, err, stderr.String())
		var rows map[string]struct{ Got, Want *float64 }
		require.NoError(t, json.Unmarshal(printed, &rows))
		assert.Len(t, rows, 3*6+5*5, "scores by direction and metric, drift by stage and statistic")
		largest := map[string]float64{}
		for name, row := range rows {
			require.NotNil(t, row.Got, "%s: %s", v, name)
			require.NotNil(t, row.Want, "%s: %s", v, name)
			bound, kind := 1e-6, strings.SplitN(name, "/", 2)[0]
			if strings.HasSuffix(name, "p99_abs") {
				bound, kind = 0.01**row.Want+1e-12, "p99" // ours is of logarithmic buckets
			}
			largest[kind] = max(largest[kind], math.Abs(*row.Got-*row.Want))
			assert.InDelta(t, *row.Want, *row.Got, bound, "%s: %s", v, name)
		}
		t.Logf("%s: largest differences of %d rows: %v", v, len(rows), largest)
	}
}
