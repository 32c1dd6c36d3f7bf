package cli

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// Npy is a numpy file of float32 values in C order.
func Npy(x []float32, shape ...int) []byte {
	out := npyHeader("<f4", 4*len(x), shape)
	for _, v := range x {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

// NpyInts is one of int64 values.
func NpyInts(x []int64, shape ...int) []byte {
	out := npyHeader("<i8", 8*len(x), shape)
	for _, v := range x {
		out = binary.LittleEndian.AppendUint64(out, uint64(v))
	}
	return out
}

// npyHeader starts a numpy file of format 1.0: magic, header padded to 64 bytes; the size bytes
// of values come after it.
func npyHeader(descr string, size int, shape []int) []byte {
	sides := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(shape)), ", "), "[]")
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, sides)
	const before = 10 // magic, version and the header's length
	padded := (before+len(header)+1+63)/64*64 - before
	header += strings.Repeat(" ", padded-len(header)-1) + "\n"
	out := append(make([]byte, 0, before+len(header)+size), "\x93NUMPY\x01\x00"...)
	return append(binary.LittleEndian.AppendUint16(out, uint16(len(header))), header...)
}
