package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// finishedRun makes a run of one variant.
func finishedRun(t *testing.T) string {
	t.Helper()
	f, err := store.Create(filepath.Join(t.TempDir(), "run"))
	require.NoError(t, err)
	require.NoError(t, f.Save(&store.Results{
		Run:      store.Run{RunID: "r1", Suite: "tiny", Status: store.StatusOK},
		Variants: []store.Variant{{Variant: "onnx/mini", IsReference: true, Status: store.StatusOK}},
	}))
	require.NoError(t, f.Finish("r1"))
	return f.Dir()
}

func fastclipRun(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestReportFormats(t *testing.T) {
	dir := finishedRun(t)
	for format, want := range map[string]string{
		"": "# tiny: run r1\n", "md": "# tiny: run r1\n", "csv": "variant,is_reference,", "json": "{\n", "html": "<!DOCTYPE html>\n",
	} {
		args := []string{"report", dir}
		if format != "" {
			args = append(args, "--format", format)
		}
		code, stdout, stderr := fastclipRun(args...)
		assert.Zero(t, code, stderr)
		assert.True(t, strings.HasPrefix(stdout, want), "%s: %.60s", format, stdout)
		assert.Contains(t, stdout, "onnx/mini")
	}
}

func TestReportFile(t *testing.T) {
	dir, folder := finishedRun(t), t.TempDir()
	path := filepath.Join(folder, "report.html")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o644))
	code, stdout, stderr := fastclipRun("report", dir, "--format", "html", "-o", path)
	require.Zero(t, code, stderr)
	assert.Empty(t, stdout)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(got), "tiny: run r1")

	code, _, stderr = fastclipRun("report", dir, "-o", folder)
	assert.Equal(t, cli.ExitFailures, code)
	assert.Contains(t, stderr, folder)
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no temporary file is left")
}

func TestReportUnknownFormat(t *testing.T) {
	code, _, stderr := fastclipRun("report", finishedRun(t), "--format", "pdf")
	assert.Equal(t, cli.ExitUsage, code)
	assert.Contains(t, stderr, "want one of md, csv, json, html")
}

func TestReportPictures(t *testing.T) {
	dir, folder := reportedRun(t), t.TempDir()
	path := filepath.Join(folder, "night.md")
	code, _, stderr := fastclipRun("report", dir, "-o", path)
	require.Zero(t, code, stderr)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, name := range []string{"speed-accuracy", "drift-ladder", "latency-image"} {
		assert.Contains(t, string(text), "](<night-pictures/"+name+".svg>)")
		svg, err := os.ReadFile(filepath.Join(folder, "night-pictures", name+".svg"))
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(svg), "<svg xmlns="), name)
	}
	code, _, stderr = fastclipRun("report", dir, "-o", path, "--pictures", "somewhere/else/")
	require.Zero(t, code, stderr)
	text, err = os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(text), "](<somewhere/else/drift-ladder.svg>)")
	code, stdout, _ := fastclipRun("report", dir)
	assert.Zero(t, code)
	assert.NotContains(t, stdout, "](", "stdout has no folder beside it")
}

func TestReportHistory(t *testing.T) {
	dir := reportedRun(t)
	code, stdout, stderr := fastclipRun("report", dir, "--format", "html", "--history", filepath.Dir(dir))
	require.Zero(t, code, stderr)
	assert.Contains(t, stdout, `<section id="history">`)
	code, _, stderr = fastclipRun("report", dir, "--format", "html", "--history", dir)
	assert.Equal(t, cli.ExitUsage, code)
	assert.Contains(t, stderr, "is one run: name the folder above it")
}

// reportedRun makes a run of two variants, each with a score, drift and times.
func reportedRun(t *testing.T) string {
	t.Helper()
	f, err := store.Create(filepath.Join(t.TempDir(), "run"))
	require.NoError(t, err)
	res := &store.Results{
		Run:      store.Run{RunID: "r1", Suite: "tiny", Status: store.StatusOK, StartedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
		Datasets: []store.Dataset{{Dataset: "one", Arity: "single"}},
	}
	for i, name := range []string{"onnx/mini", "int8/mini"} {
		res.Variants = append(res.Variants, store.Variant{Variant: name, IsReference: i == 0, Status: store.StatusOK})
		res.Scores = append(res.Scores, store.Score{Dataset: "one", Arity: "single", Variant: name, Direction: "t2i", Metric: "R@1", Value: 0.5, NQueries: 40})
		for rep := range int64(5) {
			res.Timings = append(res.Timings, store.Timing{Variant: name, Phase: "encode", Modality: "image", Items: 1, Rep: rep, NS: 1e6 + rep, Warm: true})
		}
	}
	res.Drift = []store.Drift{{Dataset: "one", Variant: "int8/mini", Reference: "onnx/mini", Modality: "image", Stage: "embedding", Stat: "mean_abs", Value: 1e-3, N: 128}}
	require.NoError(t, f.Save(res))
	require.NoError(t, f.Finish("r1"))
	return f.Dir()
}
