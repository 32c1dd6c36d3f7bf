package cache

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

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

// TestCacheDamage: an entry that is not as it was put counts as absent, and can be put again.
func TestCacheDamage(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"torn":      func(b []byte) []byte { return b[:len(b)/2] },
		"one short": func(b []byte) []byte { return b[:len(b)-1] },
		"empty":     func([]byte) []byte { return nil },
		"longer":    func(b []byte) []byte { return append(b, 0) },
		"body":      func(b []byte) []byte { b[0] ^= 1; return b },
		"sum":       func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"zeros":     func(b []byte) []byte { return make([]byte, len(b)) },
	} {
		t.Run(name, func(t *testing.T) {
			c, key := openCache(t, t.TempDir(), false), Key("k")
			require.NoError(t, c.Put(key, bytes.Repeat([]byte("body"), 50)))
			data, err := os.ReadFile(c.path(key))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(c.path(key), damage(data), 0o644))
			_, ok := c.Get(key)
			assert.False(t, ok)
			require.NoError(t, c.Put(key, []byte("again")))
			got, ok := c.Get(key)
			assert.True(t, ok)
			assert.Equal(t, "again", string(got))
		})
	}
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

// TestCacheConcurrent: whoever reads beside several writers gets nothing or one whole entry.
func TestCacheConcurrent(t *testing.T) {
	dir, key := t.TempDir(), Key("k")
	var wg sync.WaitGroup
	for i := range 8 {
		c := openCache(t, dir, false)
		wg.Go(func() {
			for range 20 {
				assert.NoError(t, c.Put(key, bytes.Repeat([]byte{byte(i)}, 5000)))
				assert.NoError(t, c.Put(Key(fmt.Sprint(i)), []byte{byte(i)}))
				got, ok := c.Get(key)
				assert.True(t, ok)
				assert.Len(t, got, 5000)
				assert.Equal(t, bytes.Repeat(got[:1], 5000), got)
			}
		})
	}
	wg.Wait()
	left, err := filepath.Glob(filepath.Join(dir, "*", ".new-*"))
	require.NoError(t, err)
	assert.Empty(t, left, "temporary files")
}

func TestCacheErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	_, err := Open(file, false)
	assert.ErrorContains(t, err, "make cache")

	c, key := openCache(t, t.TempDir(), false), Key("k")
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, key[:2]), nil, 0o644))
	assert.ErrorContains(t, c.Put(key, nil), "cache: ")
}
