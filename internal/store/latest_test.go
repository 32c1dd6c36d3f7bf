package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
)

func TestPointLatest(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a", "b"} {
		dir := filepath.Join(root, name)
		require.NoError(t, os.Mkdir(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "plan.json"), nil, 0o644))
		require.NoError(t, store.PointLatest(dir))
		to, err := os.Readlink(filepath.Join(root, "latest"))
		require.NoError(t, err)
		assert.Equal(t, name, to, "relative: the root can be moved")
	}
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	assert.Len(t, entries, 3, "nothing is left behind")
	dirs, err := store.Folders(root)
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(root, "a"), filepath.Join(root, "b")}, dirs, "the link is no run")

	// a folder of the user's with that name stays, and counts as a run if it is one
	require.NoError(t, os.Remove(filepath.Join(root, "latest")))
	require.NoError(t, os.Rename(filepath.Join(root, "a"), filepath.Join(root, "latest")))
	assert.ErrorContains(t, store.PointLatest(filepath.Join(root, "b")), "not a link")
	dirs, err = store.Folders(root)
	require.NoError(t, err)
	assert.Len(t, dirs, 2)
}
