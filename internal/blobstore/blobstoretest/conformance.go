// Package blobstoretest tests what every store must do.
package blobstoretest

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/blobstore"
)

// Conforms tests an empty store.
func Conforms(t *testing.T, s blobstore.Store) {
	ctx := t.Context()
	names := func(prefix string) (out []string) {
		for o, err := range s.List(ctx, prefix) {
			require.NoError(t, err)
			out = append(out, fmt.Sprintf("%s %d", o.Name, o.Size))
		}
		return out
	}
	assert.Empty(t, names(""))
	_, err := s.Get(ctx, "no/such", 0, -1)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, s.Delete(ctx, "no/such"))

	t.Run("ranges", func(t *testing.T) {
		body := []byte("0123456789")
		require.NoError(t, s.Put(ctx, "a/b/one", body))
		for _, c := range []struct {
			from, n int64
			want    string
		}{{0, -1, "0123456789"}, {3, 4, "3456"}, {9, 1, "9"}, {7, -1, "789"}, {4, 0, ""}} {
			got, err := s.Get(ctx, "a/b/one", c.from, c.n)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(got))
		}
		_, err := s.Get(ctx, "a/b/one", 8, 4)
		assert.Error(t, err, "fewer bytes than were asked for")
	})
	t.Run("once", func(t *testing.T) {
		require.ErrorIs(t, s.Put(ctx, "a/b/one", []byte("other")), blobstore.ErrExists)
		got, err := s.Get(ctx, "a/b/one", 0, -1)
		require.NoError(t, err)
		assert.Equal(t, "0123456789", string(got))
	})
	t.Run("lists", func(t *testing.T) {
		for _, name := range []string{"a/c", "a/b/two", "b/x"} {
			require.NoError(t, s.Put(ctx, name, nil))
		}
		assert.Equal(t, []string{"a/b/one 10", "a/b/two 0", "a/c 0"}, names("a/"))
		assert.Equal(t, []string{"a/b/two 0"}, names("a/b/t"))
		require.NoError(t, s.Delete(ctx, "a/b/two"))
		assert.Equal(t, []string{"a/b/one 10"}, names("a/b/"))
	})
	t.Run("large", func(t *testing.T) {
		body := bytes.Repeat([]byte("0123456789abcdef"), 600_000) // more than one part of an upload
		require.NoError(t, s.Put(ctx, "large", body))
		got, err := s.Get(ctx, "large", 0, -1)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(body, got))
		require.ErrorIs(t, s.Put(ctx, "large", body[1:]), blobstore.ErrExists)
	})
	t.Run("cancelled", func(t *testing.T) {
		stopped, cancel := context.WithCancel(ctx)
		cancel()
		assert.Error(t, s.Put(stopped, "half", []byte("half")))
		assert.Empty(t, names("half"))
	})
	t.Run("sealed", func(t *testing.T) {
		require.NoError(t, blobstore.PutSealed(ctx, s, "sealed", []byte("{}\n")))
		got, err := blobstore.GetSealed(ctx, s, "sealed")
		require.NoError(t, err)
		assert.Equal(t, "{}\n", string(got))
		require.NoError(t, s.Put(ctx, "broken", append(blobstore.Seal([]byte("{}\n")), 'x')))
		_, err = blobstore.GetSealed(ctx, s, "broken")
		assert.ErrorContains(t, err, "is damaged")
	})
	t.Run("race", func(t *testing.T) {
		var won atomic.Int64
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				if err := s.Put(ctx, "race", []byte{byte(i)}); err == nil {
					won.Add(1)
				} else {
					assert.ErrorIs(t, err, blobstore.ErrExists)
				}
			})
		}
		all.Wait()
		assert.EqualValues(t, 1, won.Load())
	})
}
