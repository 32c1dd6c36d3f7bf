package drift

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzStripes: stripes are read whole or refused.
func FuzzStripes(f *testing.F) {
	stripes := make(Stripes, 3)
	for i := range stripes {
		stripes[i].Add([]float32{1, 2, 3, float32(i)}, []float32{1, 2, 4, 5}, 2)
	}
	data, err := stripes.MarshalBinary()
	require.NoError(f, err)
	var back Stripes
	require.NoError(f, back.UnmarshalBinary(data))
	require.Equal(f, stripes, back)
	empty, err := Stripes{}.MarshalBinary()
	require.NoError(f, err)
	for n := range data {
		require.Error(f, back.UnmarshalBinary(data[:n]), n)
	}
	require.Error(f, back.UnmarshalBinary(append(data[:len(data):len(data)], 0)))
	f.Add(data)
	f.Add(empty)
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		var s Stripes
		if s.UnmarshalBinary(data) != nil {
			return
		}
		again, err := s.MarshalBinary()
		require.NoError(t, err)
		var back Stripes
		require.NoError(t, back.UnmarshalBinary(again))
		assert.Len(t, back, len(s))
	})
}
