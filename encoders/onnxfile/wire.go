package onnxfile

import "google.golang.org/protobuf/encoding/protowire"

// field is one field of a message: bytes for strings and messages, varint for all numbers.
type field struct {
	number protowire.Number
	kind   protowire.Type
	bytes  []byte
	varint uint64
}

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

// integers are the values of a repeated integer field, packed or one by one.
func integers(v field) ([]int64, error) {
	if v.kind != protowire.BytesType {
		return []int64{int64(v.varint)}, nil
	}
	var out []int64
	for b := v.bytes; len(b) > 0; {
		x, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		out, b = append(out, int64(x)), b[n:]
	}
	return out, nil
}

func appendPort(ports *[]Port, data []byte) error {
	var p Port
	err := fields(data, func(v field) error {
		switch v.number {
		case 1:
			p.Name = string(v.bytes)
		case 2:
			return fields(v.bytes, func(v field) error {
				if v.number != 1 {
					return nil // a sequence, a map: no tensor
				}
				return p.tensorType(v.bytes)
			})
		}
		return nil
	})
	*ports = append(*ports, p)
	return err
}

func (p *Port) tensorType(data []byte) error {
	return fields(data, func(v field) error {
		switch v.number {
		case 1:
			p.Type = typeName(int64(v.varint))
		case 2:
			return fields(v.bytes, func(v field) error {
				if v.number != 1 {
					return nil
				}
				var d Dim
				err := fields(v.bytes, func(v field) error {
					switch v.number {
					case 1:
						d.Size = int64(v.varint)
					case 2:
						d.Name = string(v.bytes)
					}
					return nil
				})
				p.Dims = append(p.Dims, d)
				return err
			})
		}
		return nil
	})
}
