package half_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/half"
)

func TestToFloat32(t *testing.T) {
	for bits, want := range map[uint16]float32{
		0: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 1: 1.0 / (1 << 24), 0x3ff: 1023.0 / (1 << 24), 0x400: 1.0 / (1 << 14),
		0x3555: 0.333251953125, 0xfc00: float32(math.Inf(-1)),
	} {
		assert.Equal(t, want, half.ToFloat32(bits), "%#x", bits)
	}
	assert.True(t, math.IsNaN(float64(half.ToFloat32(0x7e00))))
	assert.True(t, math.Signbit(float64(half.ToFloat32(0x8000))))
}

// TestFromFloat32: every binary16 number is converted back to itself. Values in between are rounded to the nearer number, and to the even one in the middle.
func TestFromFloat32(t *testing.T) {
	for bits := range uint16(0x7c00) {
		v := half.ToFloat32(bits)
		assert.Equal(t, bits, half.FromFloat32(v))
		assert.Equal(t, bits|0x8000, half.FromFloat32(-v))
		next := half.ToFloat32(bits + 1)
		if bits == 0x7bff {
			next = 65536
		}
		middle := (v + next) / 2 // float32 holds it exactly
		assert.Equal(t, bits+bits&1, half.FromFloat32(middle), "%#x", bits)
		assert.Equal(t, bits, half.FromFloat32(math.Nextafter32(middle, 0)))
		assert.Equal(t, bits+1, half.FromFloat32(math.Nextafter32(middle, 1e9)))
	}
	assert.Equal(t, uint16(0x7c00), half.FromFloat32(float32(math.Inf(1))))
	assert.Equal(t, uint16(0xfc00), half.FromFloat32(-1e9))
	assert.True(t, math.IsNaN(float64(half.ToFloat32(half.FromFloat32(float32(math.NaN()))))))
}
