package spool_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/spool"
)

// TestRows: rows are read back as they were written, in any order, also after a pause. No file is left.
func TestRows(t *testing.T) {
	dir := t.TempDir()
	r, err := spool.New(dir, 3, 2)
	require.NoError(t, err)
	require.NoError(t, r.Put(2, []float32{5, 6}))
	require.NoError(t, r.Put(0, []float32{1, 2, 3, 4}))
	got, err := r.Values()
	require.NoError(t, err)
	want := []float32{1, 2, 3, 4, 5, 6}
	assert.Equal(t, want, got)
	r.Rest()
	assert.Equal(t, want, got)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
	r.Close()
	_, err = spool.New(dir+"/gone", 1, 1)
	assert.ErrorContains(t, err, "make a file for embeddings")
}
