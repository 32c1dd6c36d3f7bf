package cache

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What was not used for two months goes, once a day; what is used, what is no entry and other files stay.
func TestCacheExpires(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	c := openCache(t, dir, false)
	old := func(path string, by time.Duration) string {
		when := now.Add(-by)
		require.NoError(t, os.Chtimes(path, when, when))
		return path
	}
	put := func(name string, age time.Duration) string {
		require.NoError(t, c.Put(Key(name), []byte(name)))
		return old(c.path(Key(name)), age)
	}
	file := func(name, data string, age time.Duration) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(data), 0o644))
		return old(path, age)
	}
	const month = 30 * 24 * time.Hour
	gone := []string{put("long unused", 3*month), file("ab/"+newPrefix+"1", "half", 2*time.Hour)}
	used := put("used again", 3*month)
	stay := []string{
		used, put("new", month), file("ab/"+newPrefix+"2", "half", time.Minute), file("scenes/a.png", "picture", 9*month),
		file("ab/notes.txt", "of somebody", 9*month), file("ab/"+Key("other")[2:], "not what its sum says, which is long enough to be one", 9*month), file("README", "", 9*month),
	}
	_, ok := c.Get(Key("used again"))
	require.True(t, ok)

	c.Expire(now)
	for _, path := range gone {
		assert.NoFileExists(t, path)
	}
	for _, path := range stay {
		assert.FileExists(t, path)
	}
	_, ok = c.Get(Key("long unused"))
	assert.False(t, ok)

	later := put("long unused", 3*month)
	c.Expire(now.Add(23 * time.Hour))
	assert.FileExists(t, later, "once a day")
	c.Expire(now.Add(25 * time.Hour))
	assert.NoFileExists(t, later)
	assert.FileExists(t, used)
}
