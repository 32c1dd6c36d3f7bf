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

// keeping opens a store of tensors in which all existing files count as old.
func keeping(t *testing.T, dir string, limit int64) *Tensors {
	t.Helper()
	s, err := OpenTensors(dir, false, limit, nil)
	require.NoError(t, err)
	return s
}

// aged makes an entry look older by the given time.
func aged(t *testing.T, s *Tensors, key string, by time.Duration) {
	t.Helper()
	when := time.Now().Add(-by)
	require.NoError(t, os.Chtimes(s.files.path(key), when, when))
}

func held(s *Tensors, keys ...string) (out []bool) {
	for _, k := range keys {
		out = append(out, s.Has(k))
	}
	return out
}

func TestTensorsAreBounded(t *testing.T) {
	dir, body := t.TempDir(), make([]byte, 96) // 100 bytes with the checksum
	a, b, c, d := Key("a"), Key("b"), Key("c"), Key("d")
	s := keeping(t, dir, 320)
	for i, k := range []string{a, b, c} {
		s.Put(k, nil, body, false)
		aged(t, s, k, time.Duration(3-i)*time.Hour)
	}
	s.Put(d, nil, body, true)
	assert.Equal(t, []bool{true, true, true, false}, held(s, a, b, c, d), "spare work takes nobody's place")

	s = keeping(t, dir, 320)
	_, ok := s.Get(a)
	assert.True(t, ok)
	s.Put(d, nil, body, false)
	assert.Equal(t, []bool{true, false, true, true}, held(s, a, b, c, d), "b was used longest ago")

	s = keeping(t, dir, 250)
	assert.Equal(t, []bool{true, false, false, true}, held(s, a, b, c, d), "a smaller limit holds at once")
	for _, k := range []string{a, d} {
		_, ok := s.Get(k)
		assert.True(t, ok)
	}
	s.Put(b, nil, body, false)
	assert.Equal(t, []bool{true, false, false, true}, held(s, a, b, c, d), "what this run has used stays, and there is no room")
	s.Put(c, nil, make([]byte, 1000), false)
	assert.False(t, s.Has(c), "larger than the limit")

	none := keeping(t, dir, 0)
	_, ok = none.Get(a)
	assert.False(t, ok)
	left, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestTensorsLeftovers(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "ab"), 0o755))
	old, young := filepath.Join(dir, "ab", newPrefix+"1"), filepath.Join(dir, "ab", newPrefix+"2")
	for _, f := range []string{old, young} {
		require.NoError(t, os.WriteFile(f, []byte("half"), 0o644))
	}
	long := time.Now().Add(-2 * abandoned)
	require.NoError(t, os.Chtimes(old, long, long))
	assert.EqualValues(t, 4, keeping(t, dir, 1000).used)
	assert.NoFileExists(t, old)
	assert.FileExists(t, young, "another run is at it")
}

func TestTensorsDamage(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"torn":  func(b []byte) []byte { return b[:len(b)/2] },
		"short": func(b []byte) []byte { return b[:2] },
		"bit":   func(b []byte) []byte { b[len(b)/2] ^= 8; return b },
		"sum":   func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"zeros": func(b []byte) []byte { return make([]byte, len(b)) },
	} {
		s, key := keeping(t, t.TempDir(), 1<<20), Key("k")
		s.Put(key, []byte("head"), bytes.Repeat([]byte("pixels"), 100), false)
		data, err := os.ReadFile(s.files.path(key))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(s.files.path(key), damage(data), 0o644))
		_, ok := s.Get(key)
		assert.False(t, ok, name)
		assert.False(t, s.Has(key), "so that it is kept anew: %s", name)
	}
	for _, body := range [][]byte{nil, HeadOf(KindBytes, 2, 3), append(HeadOf(KindBytes, 2, 4), 1, 2, 3, 4, 5, 6), append(HeadOf(KindFloats, 2, 3), 1, 2, 3, 4, 5, 6)} {
		_, err := TensorValues(body, KindBytes, 2, 3, 1)
		assert.Error(t, err, "of another shape")
	}
	got, err := TensorValues(append(HeadOf(KindBytes, 2, 3), 1, 2, 3, 4, 5, 6), KindBytes, 2, 3, 1)
	require.NoError(t, err)
	assert.Equal(t, []byte{1, 2, 3, 4, 5, 6}, got)
}

// TestTensorsConcurrent: two runs in one folder that is too small for both read nothing, or exactly what was stored.
func TestTensorsConcurrent(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		s := keeping(t, dir, 20_000)
		wg.Go(func() {
			for i := range 60 {
				key, body := Key(fmt.Sprint(i%10)), bytes.Repeat([]byte{byte(i % 10)}, 3000)
				s.Put(key, nil, body, i%3 == 0)
				if got, ok := s.Get(key); ok {
					assert.Equal(t, body, got)
				}
			}
		})
	}
	wg.Wait()
	assert.LessOrEqual(t, sweep(dir, 20_000, time.Now().Add(time.Hour)), int64(20_000))
}
