package trackers_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports"
	"github.com/fastclip/fastclip/reports/reportstest"
	"github.com/fastclip/fastclip/reports/trackers"
)

func run(t *testing.T, res *store.Results) (trackers.Run, error) {
	t.Helper()
	var table bytes.Buffer
	require.NoError(t, reports.WriteWith(&table, "csv", res, reports.Extras{}))
	return trackers.Of(res, table.Bytes())
}

func TestOf(t *testing.T) {
	res := reportstest.Full()
	got, err := run(t, res)
	require.NoError(t, err)
	assert.Equal(t, res.Run.RunID, got.RunID)
	require.Len(t, got.Variants, len(res.Variants))
	for i, v := range got.Variants {
		assert.Equal(t, res.Variants[i].Variant, v.Name)
		assert.Equal(t, res.Variants[i].Status, v.Tags["status"])
		scores := 0
		for _, s := range res.Scores {
			if s.Variant == v.Name {
				scores++
			}
		}
		found := 0
		for name := range v.Metrics {
			assert.NotContains(t, name, "@")
			if len(name) > 7 && name[:7] == "scores/" {
				found++
			}
		}
		assert.Equal(t, 3*scores, found, "each score has its interval")
	}
	assert.Equal(t, res.Scores[0].Value, got.Variants[0].Metrics["scores/"+res.Scores[0].Dataset+"/"+res.Scores[0].Direction+"/R_at_1"])

	for i := range res.Scores { // two datasets whose names the trackers cannot tell apart
		res.Scores[i].Dataset = []string{"a:b", "a;b"}[i%2]
		res.Scores[i].Direction, res.Scores[i].Metric = "t2i", "R@1"
	}
	_, err = run(t, res)
	assert.ErrorContains(t, err, "rename a dataset")
}

// python stands for the one that has the tracker's library.
func python(t *testing.T, script string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755))
	t.Setenv("FASTCLIP_PYTHON", path)
}

func TestWrite(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	want, err := run(t, reportstest.Full())
	require.NoError(t, err)
	for _, format := range trackers.Formats() {
		python(t, `case $1 in *_export.py) ;; *) exit 9 ;; esac; cp "$2" "$3/got.json"`)
		dir := filepath.Join(t.TempDir(), "new", "folder")
		require.NoError(t, trackers.Write(t.Context(), format, dir, want, io.Discard))
		text, err := os.ReadFile(filepath.Join(dir, "got.json"))
		require.NoError(t, err)
		var got trackers.Run
		require.NoError(t, json.Unmarshal(text, &got))
		assert.Equal(t, want, got)

		err = trackers.Write(t.Context(), format, dir, want, io.Discard)
		require.ErrorContains(t, err, "is not empty: name a new folder")
		assert.FileExists(t, filepath.Join(dir, "got.json"))

		python(t, `echo half >"$3/half"; echo "No module named 'mlflow'" >&2; exit 1`)
		fresh, empty := filepath.Join(t.TempDir(), "x"), t.TempDir()
		err = trackers.Write(t.Context(), format, fresh, want, io.Discard)
		require.ErrorContains(t, err, "No module named 'mlflow'")
		assert.NoDirExists(t, fresh, "nothing half is left")
		require.Error(t, trackers.Write(t.Context(), format, empty, want, io.Discard))
		assert.DirExists(t, empty)
		assert.NoFileExists(t, filepath.Join(empty, "half"))
	}
}
