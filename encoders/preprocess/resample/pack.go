package resample

import "encoding/binary"

// packWhole packs weights unchanged.
func packWhole(out []byte, at, _ int, weights []int32) {
	for i, w := range weights {
		binary.NativeEndian.PutUint32(out[4*(at+i):], uint32(w))
	}
}

// packBytes packs each weight as three signed bytes, n apart: high, mid, low.
func packBytes(out []byte, at, n int, weights []int32) {
	for i, w := range weights {
		to := out[(at+i)/n*3*n+(at+i)%n:]
		low := int8(w)
		w = (w - int32(low)) >> 8
		mid := int8(w)
		to[0], to[n], to[2*n] = byte((w-int32(mid))>>8), byte(mid), byte(low)
	}
}

// packHalves packs each weight as two halves of 16 bits, n apart: high, low.
func packHalves(out []byte, at, n int, weights []int32) {
	for i, w := range weights {
		to := out[2*((at+i)/n*2*n+(at+i)%n):]
		binary.NativeEndian.PutUint16(to, uint16(w>>lowBits))
		binary.NativeEndian.PutUint16(to[2*n:], uint16(w&(1<<lowBits-1)))
	}
}

// packShort packs 16-bit weights unchanged.
func packShort(out []byte, at, _ int, weights []int32) {
	for i, w := range weights {
		binary.NativeEndian.PutUint16(out[2*(at+i):], uint16(w))
	}
}

// mostWeight is the largest absolute weight whose upper byte fits into one signed byte. In fixed point it
// is nearly 2, which is two times the picture.
const mostWeight = 127 << 16
