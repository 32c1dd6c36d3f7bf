// Package npy writes numpy files (format 1.0, little-endian, C order).
package npy

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// Floats encodes a file of float32 values.
func Floats(x []float32, shape ...int) []byte {
	out := header("<f4", 4*len(x), shape)
	for _, v := range x {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

// Ints encodes a file of int64 values.
func Ints(x []int64, shape ...int) []byte {
	out := header("<i8", 8*len(x), shape)
	for _, v := range x {
		out = binary.LittleEndian.AppendUint64(out, uint64(v))
	}
	return out
}

// header makes the start of a file: magic and header, padded to 64 bytes. size is the number of bytes of values that follow.
func header(descr string, size int, shape []int) []byte {
	sides := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(shape)), ", "), "[]")
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, sides)
	const before = 10 // magic, version and the header's length
	padded := (before+len(text)+1+63)/64*64 - before
	text += strings.Repeat(" ", padded-len(text)-1) + "\n"
	out := append(make([]byte, 0, before+len(text)+size), "\x93NUMPY\x01\x00"...)
	return append(binary.LittleEndian.AppendUint16(out, uint16(len(text))), text...)
}
