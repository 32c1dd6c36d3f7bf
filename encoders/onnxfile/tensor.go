package onnxfile

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxwire"
	"github.com/fastclip/fastclip/internal/half"
)

// Data types of TensorProto that have a meaning here.
const (
	typeFloat    = 1
	typeUint8    = 2
	typeInt8     = 3
	typeFloat16  = 10
	typeDouble   = 11
	typeBFloat16 = 16
)

func typeName(kind int64) string {
	names := []string{"undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool",
		"float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16"}
	if kind < 0 || kind >= int64(len(names)) {
		return fmt.Sprintf("type %d", kind)
	}
	return names[kind]
}

type tensor struct{ onnxwire.Tensor }

// maxValues is more than any tensor has, and low enough that products of dimensions do not overflow.
const maxValues = 1 << 48

// size is the number of values, if the dimensions can be those of a tensor.
func (t tensor) size() (int64, error) {
	n := int64(1)
	for _, d := range t.Dims {
		if d < 0 || d > 0 && n > maxValues/d {
			return 0, fmt.Errorf("tensor %.100q has the shape %v: want dimensions of at least 0 and at most %d values", t.Name, t.Dims[:min(len(t.Dims), 8)], int64(maxValues))
		}
		n *= d
	}
	return n, nil
}

// scalar is the value of a floating-point tensor of one element.
func (t tensor) scalar() (float64, bool) {
	switch n, err := t.size(); {
	case err != nil || n != 1:
		return 0, false
	case t.Type == typeFloat && len(t.Raw) == 4:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(t.Raw))), true
	case t.Type == typeFloat && len(t.Floats) == 4:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(t.Floats))), true
	case t.Type == typeFloat16 && len(t.Raw) == 2:
		return float64(half.ToFloat32(binary.LittleEndian.Uint16(t.Raw))), true
	}
	return 0, false
}

func readTensor(data []byte) (tensor, error) {
	t, err := onnxwire.ReadTensor(data)
	return tensor{t}, err
}
