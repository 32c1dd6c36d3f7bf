package cache

import (
	"encoding/binary"
	"hash"
	"math"
)

// WritePart hashes a text, preceded by its length.
func WritePart(h hash.Hash, p string) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
	h.Write(n[:])
	h.Write([]byte(p))
}

// WriteFloats hashes values in blocks.
func WriteFloats(h hash.Hash, values []float32) {
	buf := make([]byte, 0, 1<<15)
	for len(values) > 0 {
		n := min(len(values), cap(buf)/4)
		for _, v := range values[:n] {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		h.Write(buf)
		values, buf = values[n:], buf[:0]
	}
}
