package stats_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/metrics/stats"
)

func TestAbsDiffEncoding(t *testing.T) {
	a, b := pair(5000, 9)
	a[77] = float32(math.NaN())
	a[78] = float32(math.Inf(-1))
	var d, empty, back stats.AbsDiff
	d.Add(a, b)
	for _, from := range []*stats.AbsDiff{&d, &empty} {
		data, err := from.MarshalBinary()
		require.NoError(t, err)
		require.NoError(t, back.UnmarshalBinary(data))
		again, err := back.MarshalBinary()
		require.NoError(t, err)
		assert.Equal(t, data, again)
		assert.Less(t, len(data), 8192)
		back.Merge(&d) // a decoded summary goes on counting

		for n := range data {
			require.ErrorIs(t, back.UnmarshalBinary(data[:n]), stats.ErrEncoding, "cut to %d", n)
			wrong := bytes.Clone(data)
			wrong[n] ^= 0x10
			require.ErrorIs(t, back.UnmarshalBinary(wrong), stats.ErrEncoding, "byte %d", n)
		}
		require.ErrorIs(t, back.UnmarshalBinary(append(data, 0)), stats.ErrEncoding)
	}
	assert.Equal(t, int64(5000), result(&back).N, "a failed decoding changed the summary")
}

// seal appends the checksum to a body, so that what lies behind it is tested too.
func seal(body []byte) []byte {
	return binary.LittleEndian.AppendUint32(bytes.Clone(body), crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
}

// Bytes with the right checksum that no summary gives.
func TestAbsDiffEncodingChecks(t *testing.T) {
	var d stats.AbsDiff
	d.Add([]float32{1, 2, 0, float32(math.Inf(1))}, make([]float32, 4))
	good, err := d.MarshalBinary()
	require.NoError(t, err)
	good = good[:len(good)-4]
	word := func(i int, v uint64) []byte {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint64(b[8+8*i:], v)
		return b
	}
	float := func(i int, v float64) []byte { return word(i, math.Float64bits(v)) }
	require.NoError(t, new(stats.AbsDiff).UnmarshalBinary(seal(good)))
	for name, bad := range map[string][]byte{
		"n too small": word(0, 3), "n too great": word(0, 5), "n negative": word(0, 1<<63),
		"more NaN than odd": word(1, 2), "NaN negative": word(1, 1<<63),
		"sum NaN": float(2, math.NaN()), "sum negative": float(2, -3), "sum beyond max": float(2, 7),
		"err NaN": float(3, math.NaN()), "err Inf": float(3, math.Inf(1)), "err beyond sum": float(3, -4),
		"max elsewhere": float(4, 1.5), "max -0": float(4, math.Copysign(0, -1)), "max NaN": float(4, math.NaN()),
		"other magic":       append([]byte("absdiff2"), good[8:]...),
		"bucket out of all": append(bytes.Clone(good), 1, 1),
		"count cut off":     append(bytes.Clone(good[:48]), 1),
		"no gap":            append(bytes.Clone(good[:48]), 0, 4),
		"gap overflows":     append(bytes.Clone(good[:48]), 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 4),
		"gap cut off":       append(bytes.Clone(good[:48]), 255),
	} {
		assert.ErrorIs(t, new(stats.AbsDiff).UnmarshalBinary(seal(bad)), stats.ErrEncoding, name)
	}
}

func FuzzAbsDiffUnmarshalBinary(f *testing.F) {
	a, b := pair(50, 2)
	var d, empty stats.AbsDiff
	d.Add(a, b)
	d.Add([]float32{float32(math.NaN()), float32(math.Inf(1))}, []float32{0, 0})
	for _, from := range []*stats.AbsDiff{&d, &empty} {
		data, _ := from.MarshalBinary()
		f.Add(data[:len(data)-4], true)
		f.Add(data, false)
	}
	f.Fuzz(func(t *testing.T, data []byte, sealed bool) {
		if sealed {
			data = seal(data)
		}
		var d, back stats.AbsDiff
		if err := d.UnmarshalBinary(data); err != nil {
			require.ErrorIs(t, err, stats.ErrEncoding)
			return
		}
		s := result(&d)
		require.GreaterOrEqual(t, s.N, int64(0))
		if !math.IsNaN(s.Max) {
			require.False(t, s.P99 > s.Max || s.Mean > s.Max*(1+1e-6), "%+v", s)
		}
		again, err := d.MarshalBinary()
		require.NoError(t, err)
		require.NoError(t, back.UnmarshalBinary(again))
		back.Merge(&d)
	})
}

func BenchmarkAbsDiffMarshal(b *testing.B) {
	x, y := pair(150_528, 1)
	var d stats.AbsDiff
	d.Add(x, y)
	for b.Loop() {
		data, _ := d.MarshalBinary()
		var back stats.AbsDiff
		if err := back.UnmarshalBinary(data); err != nil {
			b.Fatal(err)
		}
	}
}
