// Package onnxwire reads and writes the fields of ONNX's protobuf messages. Field numbers are those of onnx.proto.
package onnxwire

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field is one field of a message: bytes for strings and messages, a varint for numbers.
type Field struct {
	Number protowire.Number
	Kind   protowire.Type
	Bytes  []byte
	Varint uint64
}

// Float is a number of 32 bits as a float.
func (v Field) Float() float32 { return math.Float32frombits(uint32(v.Varint)) }

// Fields calls each for every field of a message. It copies nothing.
func Fields(data []byte, each func(Field) error) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		v := Field{Number: number, Kind: kind}
		switch kind {
		case protowire.VarintType:
			v.Varint, n = protowire.ConsumeVarint(data)
		case protowire.BytesType:
			v.Bytes, n = protowire.ConsumeBytes(data)
		case protowire.Fixed32Type:
			var x uint32
			x, n = protowire.ConsumeFixed32(data)
			v.Varint = uint64(x)
		case protowire.Fixed64Type:
			v.Varint, n = protowire.ConsumeFixed64(data)
		default:
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		if err := each(v); err != nil {
			return err
		}
	}
	return nil
}

// Append writes a field as it was read.
func (v Field) Append(to []byte) []byte {
	to = protowire.AppendTag(to, v.Number, v.Kind)
	switch v.Kind {
	case protowire.VarintType:
		return protowire.AppendVarint(to, v.Varint)
	case protowire.Fixed32Type:
		return protowire.AppendFixed32(to, uint32(v.Varint))
	case protowire.Fixed64Type:
		return protowire.AppendFixed64(to, v.Varint)
	}
	return protowire.AppendBytes(to, v.Bytes)
}

// Text appends a field that is a string.
func Text(to []byte, number protowire.Number, v string) []byte {
	return protowire.AppendString(protowire.AppendTag(to, number, protowire.BytesType), v)
}

// Message appends a field that is a message.
func Message(to []byte, number protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, number, protowire.BytesType), v)
}

// Integer appends a field that is a number.
func Integer(to []byte, number protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(to, number, protowire.VarintType), uint64(v))
}

// Integers are the values of a repeated integer field, packed or one by one.
func Integers(v Field) ([]int64, error) {
	if v.Kind != protowire.BytesType {
		return []int64{int64(v.Varint)}, nil
	}
	var out []int64
	for b := v.Bytes; len(b) > 0; {
		x, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		out, b = append(out, int64(x)), b[n:]
	}
	return out, nil
}

// ValueInfo reads a ValueInfoProto: its name, and each field of its tensor type. A sequence or a map has none.
func ValueInfo(data []byte, each func(Field) error) (name string, err error) {
	err = Fields(data, func(v Field) error {
		switch v.Number {
		case 1:
			name = string(v.Bytes)
		case 2:
			return Fields(v.Bytes, func(v Field) error {
				if v.Number != 1 {
					return nil
				}
				return Fields(v.Bytes, each)
			})
		}
		return nil
	})
	return name, err
}

// Entry is the key and the value of a StringStringEntryProto, of which external_data consists.
func Entry(data []byte) (key, value string, err error) {
	err = Fields(data, func(v Field) error {
		switch v.Number {
		case 1:
			key = string(v.Bytes)
		case 2:
			value = string(v.Bytes)
		}
		return nil
	})
	return key, value, err
}
