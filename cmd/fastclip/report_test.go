package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
)

// finishedRun is the folder of a run of one variant.
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
	assert.Equal(t, exitFailures, code)
	assert.Contains(t, stderr, folder)
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no temporary file is left")
}

func TestReportUnknownFormat(t *testing.T) {
	code, _, stderr := fastclipRun("report", finishedRun(t), "--format", "pdf")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, stderr, "want one of md, csv, json, html")
}
