package onnxfile

import "github.com/fastclip/fastclip/encoders/onnxfile/onnxwire"

func appendPort(ports *[]Port, data []byte) error {
	var p Port
	var err error
	p.Name, err = onnxwire.ValueInfo(data, func(v onnxwire.Field) error {
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
	*ports = append(*ports, p)
	return err
}
