package cache

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/blobstore"
)

// FuzzSegment: reading any object as a segment gives an error, or entries within the object.
func FuzzSegment(f *testing.F) {
	whole, _ := packed("s", "a note", []entry{{key: idOf(Key("a")), body: []byte("one")}, {key: idOf(Key("b"))}})
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(append([]byte("x"), whole...))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := blobstore.Folder(t.TempDir())
		require.NoError(t, err)
		require.NoError(t, s.Put(t.Context(), "s", data))
		got, err := readIndex(t.Context(), s, "s", int64(len(data)))
		if err != nil {
			assert.ErrorIs(t, err, errSegment)
			return
		}
		for _, p := range got.places {
			assert.LessOrEqual(t, p.at+p.n, int64(len(data)))
		}
	})
}

// TestLongIndex: an index that is longer than the first read is read completely.
func TestLongIndex(t *testing.T) {
	dir := t.TempDir()
	c := openCache(t, dir, false)
	for i := range 2000 {
		c.Keep(Key(string(rune(i))), []byte{byte(i)})
	}
	c.Close()
	c = openCache(t, dir, false)
	for i := range 2000 {
		got, ok := c.Get(Key(string(rune(i))))
		require.True(t, ok)
		require.Equal(t, []byte{byte(i)}, got)
	}
}
