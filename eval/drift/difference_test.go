package drift

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func matrix(seed uint64, n int) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(rng.NormFloat64())
	}
	return out
}

func widen(v []float32) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}

// numbers are what drift rows are made of.
func (d *Difference) numbers() []float64 {
	mean, largest, p99, n := d.Abs.Result()
	return []float64{mean, largest, p99, float64(n), d.CosMin, d.CosTotal / float64(d.Rows), float64(d.Rows)}
}

func TestDifferenceOfEqual(t *testing.T) {
	a := matrix(1, 50*16)
	var d, e Difference
	d.Add(a, a, 16)
	for at := 0; at < len(a); at += 16 {
		e.Add64(widen(a[at:at+16]), widen(a[at:at+16]))
	}
	for _, got := range [][]float64{d.numbers(), e.numbers()} {
		assert.Equal(t, []float64{0, 0, 0, 800}, got[:4])
		assert.InDeltaSlice(t, []float64{1, 1, 50}, got[4:], 1e-12)
	}
}

func TestDifferenceByHand(t *testing.T) {
	var d Difference
	d.Add([]float32{1, 0, 3, 4, 0, 0, 0, 0}, []float32{0, 2, 3, 4, 0, 0, 1, 0}, 2)
	got := d.numbers()
	assert.InDeltaSlice(t, []float64{0.5, 2}, got[:2], 1e-15)
	assert.Equal(t, 8.0, got[3])
	// right angle, equal, two zero vectors, one zero vector
	assert.InDeltaSlice(t, []float64{0, (0 + 1 + 1 + 0) / 4.0, 4}, got[4:], 1e-15)
}

func TestDifferenceSeesBelowFloat32(t *testing.T) {
	var d Difference
	d.Add64([]float64{1 + 1e-12}, []float64{1})
	mean, _, _, _ := d.Abs.Result()
	assert.InEpsilon(t, 1e-12, mean, 1e-3)
}

func TestDifferenceNaN(t *testing.T) {
	nan := float32(math.NaN())
	var first, last, part Difference
	first.Add([]float32{nan, 1}, []float32{1, 1}, 1)
	last.Add([]float32{1, nan}, []float32{1, 1}, 1)
	part.Add([]float32{1}, []float32{1}, 1)
	part.merge(&first)
	for _, d := range []*Difference{&first, &last, &part} {
		assert.True(t, math.IsNaN(d.CosMin), "one broken row is not hidden by whole ones")
	}
}

func TestDifferenceInParts(t *testing.T) {
	const dim = 8
	a, b := matrix(1, 100*dim), matrix(2, 100*dim)
	var whole Difference
	whole.Add(a, b, dim)
	for _, cuts := range [][]int{{0, 100}, {0, 1, 100}, {0, 0, 33, 66, 100, 100}} {
		var sum Difference
		for i := 1; i < len(cuts); i++ {
			var part, back Difference
			part.Add(a[cuts[i-1]*dim:cuts[i]*dim], b[cuts[i-1]*dim:cuts[i]*dim], dim)
			data, err := part.MarshalBinary()
			require.NoError(t, err)
			require.NoError(t, back.UnmarshalBinary(data))
			assert.Equal(t, part, back, "round trip")
			sum.merge(&back)
		}
		assert.InDeltaSlice(t, whole.numbers(), sum.numbers(), 1e-12, "cut at %v", cuts)
	}
}

func FuzzDifferenceUnmarshal(f *testing.F) {
	var d Difference
	d.Add(matrix(1, 64), matrix(2, 64), 8)
	data, err := d.MarshalBinary()
	require.NoError(f, err)
	f.Add(data)
	f.Add(data[:24])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		var d, sum Difference
		if d.UnmarshalBinary(data) != nil {
			return
		}
		sum.merge(&d)
		_, err := sum.MarshalBinary()
		assert.NoError(t, err)
	})
}
