package inflate

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func compress(t testing.TB, data []byte, level int) []byte {
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, level)
	require.NoError(t, err)
	_, err = w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestExactly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		data := make([]byte, 1+r.IntN(1<<(1+i%17)))
		for j := range data {
			data[j] = byte(r.IntN(1 + i))
		}
		packed := compress(t, data, i%10)
		got := make([]byte, len(data))
		require.True(t, Exactly(got, packed), i)
		require.Equal(t, data, got)
		assert.True(t, Exactly(got, append(packed, 1, 2, 3)), "what follows does not count")
		assert.False(t, Exactly(make([]byte, len(data)-1), packed), "more than that")
		assert.False(t, Exactly(make([]byte, len(data)+1), packed), "less than that")
		assert.False(t, Exactly(got, packed[:len(packed)/2]), "cut off")
	}
}

func TestExactlyRefuses(t *testing.T) {
	packed := compress(t, []byte("some bytes"), 6)
	for at, v := range map[int]byte{0: 0x79, 1: packed[1] ^ 1, 2: 0x07, len(packed) - 1: packed[len(packed)-1] ^ 1} {
		bad := bytes.Clone(packed)
		bad[at] = v
		assert.False(t, Exactly(make([]byte, 10), bad), at)
	}
	assert.False(t, Exactly(nil, packed))
	assert.False(t, Exactly(make([]byte, 1), nil))
}

// FuzzExactly: what it takes, Go's own reader takes too, and gives the same bytes.
func FuzzExactly(f *testing.F) {
	f.Add(compress(f, bytes.Repeat([]byte("abcabcabd"), 40), 9), 360)
	f.Add(compress(f, []byte("a"), 0), 1)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		if size < 1 || size > 1<<16 {
			return
		}
		got := make([]byte, size)
		if !Exactly(got, data) {
			return
		}
		r, err := zlib.NewReader(bytes.NewReader(data))
		require.NoError(t, err)
		want := make([]byte, size)
		_, err = io.ReadFull(r, want)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})
}
