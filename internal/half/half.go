// Package half converts between float32 and IEEE 754 binary16, the fp16 of models.
package half

import "math"

// ToFloat32 is the value of a binary16 number.
func ToFloat32(bits uint16) float32 {
	sign, exponent, fraction := uint32(bits>>15)<<31, uint32(bits>>10&31), uint32(bits&1023)
	switch {
	case exponent == 31: // infinity, or NaN
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	case exponent == 0: // zero, or a subnormal number
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)/(1<<24)))
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

// FromFloat32 rounds v to the nearest binary16 number, and to even between two, as hardware and NumPy do. Values
// that are too large become infinity.
func FromFloat32(v float32) uint16 {
	bits := math.Float32bits(v)
	sign, abs := uint16(bits>>31)<<15, bits&0x7fffffff
	switch {
	case abs > 0x7f800000: // NaN stays NaN
		return sign | 0x7e00 | uint16(abs>>13&1023)
	case abs >= 0x477ff000: // 65520 is half way to the first number that is too large
		return sign | 0x7c00
	case abs < 0x38800000: // below 2^-14: adding 0.5 rounds at the bit for 2^-24
		return sign | uint16(math.Float32bits(math.Float32frombits(abs)+0.5)-0x3f000000)
	}
	return sign | uint16((abs+0xfff+(abs>>13&1)-0x38000000)>>13)
}
