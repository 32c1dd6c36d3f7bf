package blobstore_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "gocloud.dev/blob/memblob"

	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/blobstore/blobstoretest"
)

// TestStoresConcurrently: if several write the same name at once, one of them succeeds.
func TestStoresConcurrently(t *testing.T) {
	dir := t.TempDir()
	for name, address := range map[string]string{
		"folder": filepath.Join(dir, "new", "plain"), "file": "file://" + filepath.ToSlash(dir) + "/file", "mem": "mem://x", "in a folder": "mem://x/some/where",
	} {
		t.Run(name, func(t *testing.T) {
			s, err := blobstore.Open(t.Context(), address)
			require.NoError(t, err)
			blobstoretest.Conforms(t, s)
		})
	}
	left, err := filepath.Glob(filepath.Join(dir, "*", "*.tmp"))
	require.NoError(t, err)
	assert.Len(t, left, 1, "the lock and nothing half written: %v", left)
}

func TestOpenRefuses(t *testing.T) {
	for address, want := range map[string]string{
		"file://here/x": "begins with three slashes", "ftp://host/x": "want a folder, or an address that begins with file://, s3://, gs://, azblob://", "s3://": "is not an address",
	} {
		_, err := blobstore.Open(t.Context(), address)
		assert.ErrorContains(t, err, want, address)
	}
}

// TestAbandoned: what killed processes left is removed. Files that others are writing, and other files, stay.
func TestAbandoned(t *testing.T) {
	dir := t.TempDir()
	s, err := blobstore.Folder(dir)
	require.NoError(t, err)
	file := func(name string, age time.Duration) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, nil, 0o644))
		when := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(path, when, when))
		return path
	}
	old, young, other := file("a/b.18a1b2c3d4e5f6a7.tmp", 2*time.Hour), file("a/c.18a1b2c3d4e5f6a8.tmp", time.Minute), file("a/notes.tmp", 9*time.Hour)
	require.NoError(t, blobstore.Abandoned(s, time.Now().Add(-time.Hour)))
	assert.NoFileExists(t, old)
	assert.FileExists(t, young)
	assert.FileExists(t, other)
}
