package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/native"
	"github.com/fastclip/fastclip/internal/testenv"
)

// TestExample: the script of examples/ reads a run with DuckDB and Polars, and draws a plot. uv fetches its
// packages: ./task examples.
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
}
