package onnxgraph

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a message: bytes for strings and messages, varint for all numbers.
type field struct {
	number protowire.Number
	kind   protowire.Type
	bytes  []byte
	varint uint64
}

func (v field) float() float32 { return math.Float32frombits(uint32(v.varint)) }

// fields calls each with every field of a message; it copies nothing.
func fields(data []byte, each func(field) error) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		v := field{number: number, kind: kind}
		switch kind {
		case protowire.VarintType:
			v.varint, n = protowire.ConsumeVarint(data)
		case protowire.BytesType:
			v.bytes, n = protowire.ConsumeBytes(data)
		case protowire.Fixed32Type:
			var x uint32
			x, n = protowire.ConsumeFixed32(data)
			v.varint = uint64(x)
		case protowire.Fixed64Type:
			v.varint, n = protowire.ConsumeFixed64(data)
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

// append writes a field as it was read.
func (v field) append(to []byte) []byte {
	to = protowire.AppendTag(to, v.number, v.kind)
	switch v.kind {
	case protowire.VarintType:
		return protowire.AppendVarint(to, v.varint)
	case protowire.Fixed32Type:
		return protowire.AppendFixed32(to, uint32(v.varint))
	case protowire.Fixed64Type:
		return protowire.AppendFixed64(to, v.varint)
	}
	return protowire.AppendBytes(to, v.bytes)
}

func text(to []byte, number protowire.Number, v string) []byte {
	return protowire.AppendString(protowire.AppendTag(to, number, protowire.BytesType), v)
}

func message(to []byte, number protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, number, protowire.BytesType), v)
}

func integer(to []byte, number protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(to, number, protowire.VarintType), uint64(v))
}
