package cache

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "gocloud.dev/blob/memblob"

	"github.com/fastclip/fastclip/internal/blobstore"
)

// TestCommit: work that two processes did is stored once, and each finds what the other did of it. Different bytes are an error that says where they are.
func TestCommit(t *testing.T) {
	dir := t.TempDir()
	s, err := blobstore.Folder(dir)
	require.NoError(t, err)
	open := func() *Cache {
		c, err := OpenIn(t.Context(), s, "plan/")
		require.NoError(t, err)
		return c
	}
	one, two, three := open(), open(), open()
	put := func(c *Cache, label, key, body string) { c.KeepFor(label, Key(key), []byte(body)) }
	put(one, "a", "k1", "1")
	put(one, "", "k0", "0")
	put(one, "b", "k2", "2")
	got, err := one.Commit("plan/task", "host one\n")
	require.NoError(t, err)
	assert.Len(t, got, 3)
	assert.Equal(t, "segments/plan/task/shared", got[0].Name)

	put(two, "a", "k1", "1")
	put(two, "a", "k3", "3")
	_, err = two.Commit("plan/task", "host two")
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(dir, segments, "plan", "task", "*"))
	require.NoError(t, err)
	assert.Len(t, files, 4, "what the first lacked is behind it")

	put(three, "b", "k2", "other")
	_, err = three.Commit("plan/task", "host three")
	require.ErrorIs(t, err, ErrDiffers)
	assert.ErrorContains(t, err, "made by host one")

	put(three, "b", "k9", "9")
	three.Discard()
	_, ok := three.Get(Key("k9"))
	assert.False(t, ok)
	all := open()
	for key, body := range map[string]string{"k0": "0", "k1": "1", "k2": "2", "k3": "3"} {
		for _, c := range []*Cache{all, two} {
			if c == two {
				require.NoError(t, c.Refresh(t.Context()))
			}
			got, ok := c.Get(Key(key))
			assert.True(t, ok, key)
			assert.Equal(t, body, string(got))
		}
	}
	elsewhere, err := OpenIn(t.Context(), s, "other/")
	require.NoError(t, err)
	_, ok = elsewhere.Get(Key("k0"))
	assert.False(t, ok)
}

// TestWindows: over a network, several entries are read at once.
func TestWindows(t *testing.T) {
	s, err := blobstore.Open(t.Context(), "mem://cache")
	require.NoError(t, err)
	c, err := OpenIn(t.Context(), s, "")
	require.NoError(t, err)
	for i := range 50 {
		c.KeepFor("v", Key(string(rune(i))), make([]byte, 40_000+i))
	}
	_, err = c.Commit("p/t", "")
	require.NoError(t, err)
	c, err = OpenIn(t.Context(), s, "")
	require.NoError(t, err)
	for _, i := range []int{0, 1, 2, 49, 25, 26, 3} {
		got, ok := c.Get(Key(string(rune(i))))
		assert.True(t, ok)
		assert.Len(t, got, 40_000+i)
	}
	assert.Len(t, c.windows.held, 1)
}
