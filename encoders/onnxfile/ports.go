package onnxfile

import (
	"github.com/fastclip/fastclip/encoders/onnxfile/onnxwire"
)

func appendPort(ports *[]Port, data []byte) error {
	var p Port
	err := onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch v.Number {
		case 1:
			p.Name = string(v.Bytes)
		case 2:
			return onnxwire.Fields(v.Bytes, func(v onnxwire.Field) error {
				if v.Number != 1 {
					return nil // a sequence, a map: no tensor
				}
				return p.tensorType(v.Bytes)
			})
		}
		return nil
	})
	*ports = append(*ports, p)
	return err
}

func (p *Port) tensorType(data []byte) error {
	return onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch v.Number {
		case 1:
			p.Type = typeName(int64(v.Varint))
		case 2:
			return onnxwire.Fields(v.Bytes, func(v onnxwire.Field) error {
				if v.Number != 1 {
					return nil
				}
				var d Dim
				err := onnxwire.Fields(v.Bytes, func(v onnxwire.Field) error {
					switch v.Number {
					case 1:
						d.Size = int64(v.Varint)
					case 2:
						d.Name = string(v.Bytes)
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
