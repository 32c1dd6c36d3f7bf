package cache

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCacheExpires: entries unused for two months are deleted, once a day. Used entries and other files stay.
func TestCacheExpires(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	old := func(path string, by time.Duration) string {
		when := now.Add(-by)
		require.NoError(t, os.Chtimes(path, when, when))
		return path
	}
	put := func(name string, age time.Duration) string {
		before, _ := filepath.Glob(filepath.Join(dir, segments, "2*"))
		require.NoError(t, openCache(t, dir, false).Put(Key(name), []byte(name)))
		after, err := filepath.Glob(filepath.Join(dir, segments, "2*"))
		require.NoError(t, err)
		for _, path := range before {
			require.Equal(t, path, after[0])
			after = after[1:]
		}
		require.Len(t, after, 1)
		return old(after[0], age)
	}
	file := func(name, data string, age time.Duration) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(data), 0o644))
		return old(path, age)
	}
	const month = 30 * 24 * time.Hour
	gone := []string{
		put("long unused", 3*month), file("segments/x.18a1b2c3d4e5f6a7.tmp", "half", 2*time.Hour),
		file("ab/"+Key("other")[2:], "of a program before segments", 9*month), file("ab/"+newPrefix+"1", "half", 9*month),
	}
	used := put("used again", 3*month)
	stay := []string{
		used, put("new", month), file("segments/y.18a1b2c3d4e5f6a8.tmp", "half", time.Minute), file("scenes/a.png", "picture", 9*month),
		file("ab/notes.txt", "of somebody", 9*month), file("cd/"+Key("other")[2:], "an older program still uses it", month), file("README", "", 9*month),
	}
	c := openCache(t, dir, false)
	_, ok := c.Get(Key("used again"))
	require.True(t, ok)

	c.Expire(now)
	for _, path := range gone {
		assert.NoFileExists(t, path)
	}
	for _, path := range stay {
		assert.FileExists(t, path)
	}
	_, ok = openCache(t, dir, false).Get(Key("long unused"))
	assert.False(t, ok)

	later := put("long unused", 3*month)
	c.Expire(now.Add(23 * time.Hour))
	assert.FileExists(t, later, "once a day")
	c.Expire(now.Add(25 * time.Hour))
	assert.NoFileExists(t, later)
	assert.FileExists(t, used)
}
