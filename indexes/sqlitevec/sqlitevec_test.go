package sqlitevec_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/indexes/indexestest"
	"github.com/fastclip/fastclip/indexes/sqlitevec"
)

func TestConformance(t *testing.T) {
	indexestest.Run(t, sqlitevec.New(t.TempDir()), 1)
}

// TestDurableAfterEachBatch: a batch is in the file when Add returns. The test copies the files while the index is open, as a power cut would leave them, and
// finds the batch in the copy.
func TestDurableAfterEachBatch(t *testing.T) {
	dir, copied := t.TempDir(), t.TempDir()
	x, err := sqlitevec.New(dir).Open(t.Context(), "x", indexestest.Dim)
	require.NoError(t, err)
	defer x.Close()
	docs := indexestest.Documents(30, 1)
	for n := 10; n <= 30; n += 10 {
		require.NoError(t, x.Add(t.Context(), docs[n-10:n]))
		require.NoError(t, os.RemoveAll(copied))
		require.NoError(t, os.CopyFS(copied, os.DirFS(dir)))
		y, err := sqlitevec.New(copied).Open(t.Context(), "x", indexestest.Dim)
		require.NoError(t, err)
		got, err := y.Count(t.Context())
		require.NoError(t, err)
		assert.Equal(t, n, got)
		require.NoError(t, y.Close())
	}
	_, err = sqlitevec.New(dir).Open(t.Context(), "x", 5)
	assert.ErrorContains(t, err, "values")
	_, err = sqlitevec.New(filepath.Join(dir, "gone")).Open(t.Context(), "x", 5)
	assert.Error(t, err)
}
