package onnxwire

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// Tensor is a TensorProto. It shares memory with the message that it was read from.
type Tensor struct {
	Name     string
	Type     int64
	Dims     []int64
	Raw      []byte  // raw_data
	Floats   []byte  // float_data, 4 bytes each
	Ints     []int64 // int32_data and int64_data
	Location string  // the file that has the values, "" if the message has them
	Offset   int64   // of the values in that file
	Length   int64   // of the values in bytes; 0 means up to the file's end
}

// ReadTensor reads a TensorProto.
func ReadTensor(data []byte) (t Tensor, err error) {
	err = Fields(data, func(v Field) error {
		switch v.Number {
		case 1:
			dims, err := Integers(v)
			t.Dims = append(t.Dims, dims...)
			return err
		case 2:
			t.Type = int64(v.Varint)
		case 4:
			switch {
			case v.Kind == protowire.Fixed32Type:
				t.Floats = binary.LittleEndian.AppendUint32(t.Floats, uint32(v.Varint))
			case t.Floats == nil:
				t.Floats = slices.Clip(v.Bytes) // what is appended does not write into the message
			default:
				t.Floats = append(t.Floats, v.Bytes...)
			}
		case 5, 7:
			ints, err := Integers(v)
			t.Ints = append(t.Ints, ints...)
			return err
		case 8:
			t.Name = string(v.Bytes)
		case 9:
			t.Raw = v.Bytes
		case 13:
			return t.external(v.Bytes)
		}
		return nil
	})
	return t, err
}

// external reads an entry of external_data.
func (t *Tensor) external(data []byte) error {
	key, value, err := Entry(data)
	if err != nil {
		return err
	}
	switch key {
	case "location":
		t.Location = value
	case "offset":
		t.Offset, err = strconv.ParseInt(value, 10, 64)
	case "length":
		t.Length, err = strconv.ParseInt(value, 10, 64)
	}
	if err != nil {
		return fmt.Errorf("external_data: %s: %w", key, err)
	}
	return nil
}
