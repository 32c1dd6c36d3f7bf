package onnxfile

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

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

// tensor is a TensorProto without its values.
type tensor struct {
	name     string
	kind     int64
	dims     []int64
	raw      []byte
	float    []byte // float_data, packed
	external string
}

// maxValues is more than any tensor has, and low enough that products of dimensions do not overflow.
const maxValues = 1 << 48

// size is the number of values, if the dimensions can be those of a tensor.
func (t tensor) size() (int64, error) {
	n := int64(1)
	for _, d := range t.dims {
		if d < 0 || d > 0 && n > maxValues/d {
			return 0, fmt.Errorf("tensor %.100q has the shape %v: want dimensions of at least 0 and at most %d values", t.name, t.dims[:min(len(t.dims), 8)], int64(maxValues))
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
	case t.kind == typeFloat && len(t.raw) == 4:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(t.raw))), true
	case t.kind == typeFloat && len(t.float) == 4:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(t.float))), true
	case t.kind == typeFloat16 && len(t.raw) == 2:
		return float64(half.ToFloat32(binary.LittleEndian.Uint16(t.raw))), true
	}
	return 0, false
}

func readTensor(data []byte) (tensor, error) {
	var t tensor
	err := onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch v.Number {
		case 1:
			dims, err := onnxwire.Integers(v)
			t.dims = append(t.dims, dims...)
			return err
		case 2:
			t.kind = int64(v.Varint)
		case 4:
			if t.float = v.Bytes; v.Kind == protowire.Fixed32Type {
				t.float = binary.LittleEndian.AppendUint32(nil, uint32(v.Varint))
			}
		case 8:
			t.name = string(v.Bytes)
		case 9:
			t.raw = v.Bytes
		case 13:
			return t.entry(v.Bytes)
		}
		return nil
	})
	return t, err
}

// entry is one of external_data; its key "location" is the file.
func (t *tensor) entry(data []byte) error {
	key, value, err := onnxwire.Entry(data)
	if key == "location" {
		t.external = value
	}
	return err
}
