package oiptest

import (
	"encoding/binary"
	"encoding/json"
	"math"
)

type tensor struct {
	Name       string  `json:"name"`
	Shape      []int64 `json:"shape"`
	Datatype   string  `json:"datatype"`
	Parameters struct {
		Size int `json:"binary_data_size"`
	} `json:"parameters"`
	Raw  json.RawMessage `json:"data"`
	Data []float64       `json:"-"`
}

// take fills Data from the start of body, and returns the rest of body; or it fills Data from JSON. A file gives its first bytes, padded with zeros.
func (in *tensor) take(body []byte) ([]byte, error) {
	raw := body[:in.Parameters.Size]
	switch {
	case in.Datatype == "BYTES":
		var files [][]byte
		for len(raw) > 0 {
			n := 4 + binary.LittleEndian.Uint32(raw)
			files, raw = append(files, raw[4:n]), raw[n:]
		}
		if in.Parameters.Size == 0 {
			if err := json.Unmarshal(in.Raw, &files); err != nil {
				return nil, err
			}
		}
		for _, f := range files {
			one := make([]float64, 3*Side*Side)
			for i, b := range f[:min(len(f), len(one))] {
				one[i] = float64(b)
			}
			in.Data = append(in.Data, one...)
		}
	case in.Parameters.Size > 0:
		in.Data = values(in.Datatype, raw)
	default:
		if err := json.Unmarshal(in.Raw, &in.Data); err != nil {
			return nil, err
		}
	}
	return body[in.Parameters.Size:], nil
}

// values decodes a binary tensor.
func values(datatype string, raw []byte) []float64 {
	var out []float64
	for len(raw) > 0 {
		n := 4
		switch datatype {
		case "FP32":
			out = append(out, float64(math.Float32frombits(binary.LittleEndian.Uint32(raw))))
		case "INT32":
			out = append(out, float64(int32(binary.LittleEndian.Uint32(raw))))
		default:
			n = 8
			out = append(out, float64(int64(binary.LittleEndian.Uint64(raw))))
		}
		raw = raw[n:]
	}
	return out
}

// embed is the embedding of a row: one sum per dimension, each with other signs. Texts end at EOT.
func embed(row []float64, text bool) []float32 {
	out := make([]float32, Dim)
	for i, v := range row {
		for d := range out {
			out[d] += float32(v * math.Sin(float64(1+i)*float64(d+1)))
		}
		if text && v == eot {
			break
		}
	}
	return out
}
