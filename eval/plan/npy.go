package plan

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// npy is a numpy file of float32 values.
func npy(x []float32, shape ...int) []byte {
	out := npyHeader("<f4", shape)
	for _, v := range x {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

// npyInts is one of int64 values.
func npyInts(x []int64, shape ...int) []byte {
	out := npyHeader("<i8", shape)
	for _, v := range x {
		out = binary.LittleEndian.AppendUint64(out, uint64(v))
	}
	return out
}

// npyHeader starts a numpy file of format 1.0, padded to 64 bytes.
func npyHeader(descr string, shape []int) []byte {
	sides := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(shape)), ", "), "[]")
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, sides)
	head += strings.Repeat(" ", 63-(10+len(head))%64) + "\n"
	return append(binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(head))), head...)
}
