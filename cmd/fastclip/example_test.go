package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/native"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
	"github.com/fastclip/fastclip/reports/trackers"
)

// TestExample: the script in examples/ reads a run with DuckDB and Polars, and draws a plot. uv fetches its packages. ./task examples runs it.
func TestExample(t *testing.T) {
	if os.Getenv("FASTCLIP_EXAMPLES") == "" {
		t.Skip("fetches packages: ./task examples runs it")
	}
	uv, err := native.Find("uv")
	require.NoError(t, err)
	dir := t.TempDir()
	t.Setenv("FASTCLIP_CACHE", filepath.Join(dir, "cache"))
	suite, run, plot := filepath.Join(dir, "s.yaml"), filepath.Join(dir, "run"), filepath.Join(dir, "plot.png")
	require.NoError(t, os.WriteFile(suite, []byte(`name: example
timing: {items: 4, rounds: 2}
datasets: [{name: single, scenes: {objects: 1, count: 16}}, {name: double, scenes: {objects: 2, count: 16}}]
variants: [{name: ref}, {name: grey, preprocess: grey_conversion}]
`), 0o644))
	code, _, stderr := fastclipRun("eval", suite, "--out", run)
	require.Zero(t, code, stderr)
	cmd := exec.Command(uv, "run", "-q", "--script", filepath.Join(testenv.Root(t), "examples", "read_run.py"), run, plot)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, want := range []string{"grey", "reference_rank", "normalise", "cosine of ref to grey: least ", "wrote " + plot} {
		assert.Contains(t, string(out), want)
	}
	info, err := os.Stat(plot)
	require.NoError(t, err)
	assert.Greater(t, info.Size(), int64(5000))
	readTrackers(t, uv, dir, run)
}

// readTrackers writes the run for MLflow and W&B, and checks that their libraries read back the same numbers.
func readTrackers(t *testing.T, uv, dir, run string) {
	t.Helper()
	folders := []string{filepath.Join(dir, "mlruns"), filepath.Join(dir, "wandb")}
	for i, format := range trackers.Formats() {
		code, stdout, stderr := fastclipRun("report", run, "--format", format, "--out", folders[i])
		require.Zero(t, code, stderr)
		assert.Contains(t, stdout, folders[i])
	}
	cmd := exec.Command(uv, append([]string{"run", "-q", "--script", filepath.Join("testdata", "read_trackers.py")}, folders...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var read map[string]map[string]struct {
		OK      bool               `json:"ok"`
		Model   string             `json:"model"`
		Metrics map[string]float64 `json:"metrics"`
	}
	require.NoError(t, json.Unmarshal(out, &read))
	res, err := store.LoadRun(run, store.TableRun, store.TableScores)
	require.NoError(t, err)
	for _, format := range trackers.Formats() {
		require.Len(t, read[format], 2, format)
		for _, s := range res.Scores {
			v := read[format][s.Variant]
			assert.True(t, v.OK)
			assert.Equal(t, "mini", v.Model)
			got, ok := v.Metrics["scores/"+s.Dataset+"/"+s.Direction+"/"+strings.ReplaceAll(s.Metric, "@", "_at_")]
			assert.True(t, ok, "%s: %s", format, s.Metric)
			assert.Equal(t, s.Value, got)
		}
		assert.Positive(t, read[format]["ref"].Metrics["summary/image_encode_ms"])
	}
}
