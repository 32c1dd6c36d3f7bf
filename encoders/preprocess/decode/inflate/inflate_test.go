package inflate

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/native"
	"github.com/fastclip/fastclip/internal/testenv"
)

// ways are Go's reader, and libdeflate where it is here.
func ways(t testing.TB) map[string]*Library {
	all := map[string]*Library{"go": nil}
	path, err := native.Find("deflate")
	if err != nil {
		t.Log(err)
		return all
	}
	all["libdeflate"], err = Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, all["libdeflate"].Close()) })
	return all
}

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
	all, r := ways(t), rand.New(rand.NewPCG(1, 2))
	for i := range 150 {
		data := make([]byte, 1+r.IntN(1<<(1+i%17)))
		for j := range data {
			data[j] = byte(r.IntN(1 + 2*i))
		}
		packed := compress(t, data, i%10)
		for way, l := range all {
			got := make([]byte, len(data))
			require.True(t, l.Exactly(got, packed), "%s %d", way, i)
			require.Equal(t, data, got, way)
			assert.True(t, l.Exactly(got, append(packed, 1, 2, 3)), "%s: what follows does not count", way)
			assert.False(t, l.Exactly(make([]byte, len(data)-1), packed), "%s: more than that", way)
			assert.False(t, l.Exactly(make([]byte, len(data)+1), packed), "%s: less than that", way)
			assert.False(t, l.Exactly(got, packed[:len(packed)/2]), "%s: cut off", way)
		}
	}
}

// TestExactlyRefuses: a broken header, a dictionary, a broken block, a wrong or missing sum.
func TestExactlyRefuses(t *testing.T) {
	packed := compress(t, []byte("some bytes"), 6)
	for way, l := range ways(t) {
		for at, v := range map[int]byte{0: 0x79, 1: packed[1] ^ 1, 2: 0x07, len(packed) - 4: packed[len(packed)-4] ^ 1, len(packed) - 1: packed[len(packed)-1] ^ 1} {
			bad := bytes.Clone(packed)
			bad[at] = v
			assert.False(t, l.Exactly(make([]byte, 10), bad), "%s: byte %d", way, at)
		}
		for n := range packed {
			assert.False(t, l.Exactly(make([]byte, 10), packed[:n]), "%s: cut to %d", way, n)
		}
		assert.False(t, l.Exactly(nil, packed), way)
		assert.False(t, l.Exactly(make([]byte, 1), nil), way)
	}
}

func TestOpenRefuses(t *testing.T) {
	_, err := Open("no-such-library.so")
	assert.ErrorContains(t, err, "load libdeflate: no-such-library.so")
}

// FuzzExactly: what Go's reader takes, libdeflate takes too, and what both take is equal.
func FuzzExactly(f *testing.F) {
	all := ways(f)
	f.Add(compress(f, bytes.Repeat([]byte("abcabcabd"), 40), 9), 360)
	f.Add(compress(f, []byte("a"), 0), 1)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		if size < 1 || size > 1<<16 {
			return
		}
		want := make([]byte, size)
		if !all["go"].Exactly(want, data) {
			return
		}
		for way, l := range all {
			got := make([]byte, size)
			require.True(t, l.Exactly(got, data), way)
			assert.Equal(t, want, got, way)
		}
	})
}

// TestZlib: a stream comes out byte by byte as it does at once, its end and its damage are told, and the
// memory of one stream serves the next.
func TestZlib(t *testing.T) {
	z, err := OpenZlib(testenv.Library(t, "z"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, z.Close()) })
	want := bytes.Repeat([]byte("some bytes "), 30)
	packed := compress(t, want, 6)
	for range 2 {
		s, err := z.Stream()
		require.NoError(t, err)
		var got []byte
		for at, out := 0, make([]byte, 7); ; {
			wrote, took, ended, err := s.Inflate(out, packed[at:min(at+1, len(packed))])
			require.NoError(t, err)
			got, at = append(got, out[:wrote]...), at+took
			if ended {
				assert.Equal(t, len(packed), at)
				break
			}
		}
		s.Close()
		assert.Equal(t, want, got)
	}
	s, err := z.Stream()
	require.NoError(t, err)
	defer s.Close()
	packed[len(packed)-1] ^= 1
	_, _, _, err = s.Inflate(make([]byte, 2*len(want)), packed)
	assert.ErrorIs(t, err, ErrData)
	_, err = OpenZlib("no-such-library.so")
	assert.ErrorContains(t, err, "load zlib: no-such-library.so")
}
