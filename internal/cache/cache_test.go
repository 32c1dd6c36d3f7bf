package cache

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func openCache(t *testing.T, dir string, fresh bool) *Cache {
	t.Helper()
	c, err := Open(dir, fresh)
	require.NoError(t, err)
	return c
}

func TestKey(t *testing.T) {
	seen := map[string][]string{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"ab", "c"}, {"a", "bc"}, {"abc"}, {"a", "b", "c"}, {"abc", ""}} {
		k := Key(parts...)
		assert.Len(t, k, 64)
		assert.Equal(t, k, Key(parts...))
		assert.NotContains(t, seen, k, "%q and %q", parts, seen[k])
		seen[k] = parts
	}
}

func TestCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	c, key := openCache(t, dir, false), Key("k")
	_, ok := c.Get(key)
	assert.False(t, ok)
	for _, body := range []string{"first", "", "second"} {
		require.NoError(t, c.Put(key, []byte(body)))
		got, ok := openCache(t, dir, false).Get(key)
		assert.True(t, ok)
		assert.Equal(t, body, string(got))
	}
	_, ok = c.Get(Key("other"))
	assert.False(t, ok)
}

// only returns the single segment of a cache.
func only(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, segments, "*"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

// TestCacheDamage: a damaged entry counts as missing, and can be stored again.
func TestCacheDamage(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"torn":      func(b []byte) []byte { return b[:len(b)/2] },
		"one short": func(b []byte) []byte { return b[:len(b)-1] },
		"empty":     func([]byte) []byte { return nil },
		"longer":    func(b []byte) []byte { return append(b, 0) },
		"body":      func(b []byte) []byte { b[0] ^= 1; return b },
		"index":     func(b []byte) []byte { b[200+5] ^= 1; return b },
		"place":     func(b []byte) []byte { b[200+33] ^= 1; return b },
		"end":       func(b []byte) []byte { b[len(b)-segmentEnd+3] ^= 1; return b },
		"mark":      func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"zeros":     func(b []byte) []byte { return make([]byte, len(b)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, key := t.TempDir(), Key("k")
			require.NoError(t, openCache(t, dir, false).Put(key, bytes.Repeat([]byte("body"), 50)))
			data, err := os.ReadFile(only(t, dir))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(only(t, dir), damage(data), 0o644))
			c := openCache(t, dir, false)
			_, ok := c.Get(key)
			assert.False(t, ok)
			require.NoError(t, c.Put(key, []byte("again")))
			for _, c := range []*Cache{c, openCache(t, dir, false)} {
				got, ok := c.Get(key)
				assert.True(t, ok)
				assert.Equal(t, "again", string(got))
			}
		})
	}
}

// TestCacheWaits: entries are found at once. They are written to the folder a little later or when the cache is closed, in one segment.
func TestCacheWaits(t *testing.T) {
	dir := t.TempDir()
	c := openCache(t, dir, false)
	for i := range 100 {
		c.Keep(Key(fmt.Sprint(i)), []byte{byte(i)}, []byte("more"))
	}
	got, ok := c.Get(Key("7"))
	assert.True(t, ok)
	assert.Equal(t, "\amore", string(got))
	assert.NoDirExists(t, filepath.Join(dir, segments))
	c.Close()
	only(t, dir)
	for _, c := range []*Cache{c, openCache(t, dir, false)} {
		for i := range 100 {
			got, ok := c.Get(Key(fmt.Sprint(i)))
			assert.True(t, ok)
			assert.Equal(t, string([]byte{byte(i)})+"more", string(got))
		}
	}
	c.Keep(Key("large"), make([]byte, segment0+1))
	_, ok = openCache(t, dir, false).Get(Key("large"))
	assert.True(t, ok, "too large to wait")
	c.flush.opened = c.flush.opened.Add(-time.Hour)
	c.Keep(Key("late"), nil)
	assert.NotNil(t, c.flush.timer)
	c.Close()
	assert.Nil(t, c.flush.timer)
}

func TestCacheFresh(t *testing.T) {
	dir, key := t.TempDir(), Key("k")
	require.NoError(t, openCache(t, dir, false).Put(key, []byte("old")))
	fresh := openCache(t, dir, true)
	_, ok := fresh.Get(key)
	assert.False(t, ok, "what was there before")
	require.NoError(t, fresh.Put(key, []byte("new")))
	got, ok := fresh.Get(key)
	assert.True(t, ok, "what it put itself")
	assert.Equal(t, "new", string(got))
}

// TestCacheConcurrent: while several write, a reader gets nothing or a whole entry.
func TestCacheConcurrent(t *testing.T) {
	dir, key := t.TempDir(), Key("k")
	var wg sync.WaitGroup
	for i := range 8 {
		c := openCache(t, dir, false)
		wg.Go(func() {
			for range 5 {
				assert.NoError(t, c.Put(key, bytes.Repeat([]byte{byte(i)}, 5000)))
				assert.NoError(t, c.Put(Key(fmt.Sprint(i)), []byte{byte(i)}))
				got, ok := c.Get(key)
				assert.True(t, ok)
				require.NoError(t, c.Refresh(t.Context()))
				assert.Len(t, got, 5000)
				assert.Equal(t, bytes.Repeat(got[:1], 5000), got)
			}
		})
	}
	wg.Wait()
	left, err := filepath.Glob(filepath.Join(dir, "*", "*.tmp"))
	require.NoError(t, err)
	assert.Empty(t, left, "temporary files")
	last := openCache(t, dir, false)
	for i := range 8 {
		got, ok := last.Get(Key(fmt.Sprint(i)))
		assert.True(t, ok)
		assert.Equal(t, []byte{byte(i)}, got)
	}
}

func TestCacheErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	_, err := Open(file, false)
	assert.ErrorContains(t, err, "make cache")

	c, key := openCache(t, t.TempDir(), false), Key("k")
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, "segments"), nil, 0o644))
	assert.ErrorContains(t, c.Put(key, nil), "cache: ")
	_, ok := c.Get(key)
	assert.False(t, ok)
	var warned []string
	c.Warn = func(format string, args ...any) { warned = append(warned, fmt.Sprintf(format, args...)) }
	for range 3 {
		c.Keep(key, make([]byte, segment0+1))
	}
	require.Len(t, warned, 1)
	assert.Contains(t, warned[0], "finished work is no longer stored for later runs: cache: ")
}
