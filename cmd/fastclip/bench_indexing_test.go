package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/indexes/marqo/marqotest"
	"github.com/fastclip/fastclip/internal/testenv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// benchIndexing runs the command on twelve generated scenes.
func benchIndexing(t *testing.T, args ...string) (code int, rows []bench.IndexingLine, stderr string) {
	t.Helper()
	testenv.Library(t, "jpeg")
	suite := filepath.Join(t.TempDir(), "suite.yaml")
	require.NoError(t, os.WriteFile(suite, []byte(`name: tiny
bench: {min_time: 1ms, min_calls: 16, max_time: 20s}
datasets:
  - {name: single, scenes: {objects: 1, count: 12, size: 96x72}}
variants:
  - {name: a}
`), 0o600))
	var out, problems bytes.Buffer
	args = append([]string{"bench", "indexing", suite, "--batch", "10,1", "--documents", "40", "--cache", t.TempDir(), "--json"}, args...)
	code = run(t.Context(), args, strings.NewReader(""), &out, &problems)
	for line := range strings.Lines(out.String()) {
		var row bench.IndexingLine
		require.NoError(t, json.Unmarshal([]byte(line), &row))
		rows = append(rows, row)
	}
	return code, rows, problems.String()
}

// TestBenchIndexingMarqo uses a server that answers as Marqo's documentation says.
func TestBenchIndexingMarqo(t *testing.T) {
	server := marqotest.New()
	defer server.Close()
	flags := []string{"--backend", "marqo", "--url", server.URL, "--model", "m"}
	code, rows, stderr := benchIndexing(t, flags...)
	require.Equal(t, cli.ExitDone, code, stderr)
	require.Len(t, rows, 8, "two modalities, two batch sizes, index and total")
	for _, r := range rows {
		assert.Equal(t, "marqo/m", r.Variant)
		assert.NotNil(t, r.MSMedian)
		assert.Nil(t, r.Recall, "its vectors stay in it")
		assert.Equal(t, r.Documents, r.Count)
	}
	assert.Zero(t, server.Indexes(), "nothing is left there")

	server.Drop = func(id string) bool { return id == "image-000003" }
	code, rows, stderr = benchIndexing(t, flags...)
	assert.Equal(t, cli.ExitFailures, code)
	assert.Contains(t, stderr, "marqo/m image CBS 10: failed: the index holds")
	assert.NotContains(t, stderr, "marqo/m text")
	for _, r := range rows {
		assert.Equal(t, r.Modality == "image", r.MSMedian == nil, "what lost documents is no fast row")
	}
}
