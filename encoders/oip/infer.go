package oip

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
)

// lengthHeader says how much of a body is JSON; tensors' bytes follow.
const lengthHeader = "Inference-Header-Content-Length"

// Tensor is an input, row-major. Exactly one of the values is given, as Datatype says.
type Tensor struct {
	Name     string
	Datatype string // "FP32", "INT64" or "INT32"
	Shape    []int64
	Float32  []float32 // of FP32
	Int64    []int64   // of INT64, and of INT32, which they must fit
}

// request and response are the protocol's JSON.
type request struct {
	Inputs  []requestTensor `json:"inputs"`
	Outputs []wanted        `json:"outputs"`
}

type requestTensor struct {
	Name       string         `json:"name"`
	Shape      []int64        `json:"shape"`
	Datatype   string         `json:"datatype"`
	Parameters map[string]any `json:"parameters,omitempty"`
	Data       any            `json:"data,omitempty"`
}

type wanted struct {
	Name       string         `json:"name"`
	Parameters map[string]any `json:"parameters,omitempty"`
}

type response struct {
	Error   string           `json:"error"`
	Outputs []responseTensor `json:"outputs"`
}

type responseTensor struct {
	Name       string  `json:"name"`
	Shape      []int64 `json:"shape"`
	Datatype   string  `json:"datatype"`
	Parameters struct {
		BinarySize *int64 `json:"binary_data_size"`
	} `json:"parameters"`
	Data []float32 `json:"data"`
}

// Infer runs a model and writes its named output, FP32 or FP16, of the given shape to dst.
// An answer of another name, shape or length is an error.
func (c *Client) Infer(ctx context.Context, model string, inputs []Tensor, output string, dst []float32, shape ...int64) error {
	body, head, err := c.encode(inputs, output)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/v2/models/"+url.PathEscape(model)+"/infer", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.binary() {
		req.Header.Set("Content-Type", "application/octet-stream")
		req.Header.Set(lengthHeader, strconv.Itoa(head))
	}
	// A float takes at most 25 bytes of JSON; the rest is the header.
	answer, header, err := c.do(req, 1<<20+32*int64(len(dst)))
	if err != nil {
		return err
	}
	if err := decode(answer, header.Get(lengthHeader), output, dst, shape); err != nil {
		return fmt.Errorf("model %s: %w", model, err)
	}
	return nil
}

// encode is a request's body and the length of its JSON.
func (c *Client) encode(inputs []Tensor, output string) ([]byte, int, error) {
	r := request{Outputs: []wanted{{Name: output, Parameters: map[string]any{"binary_data": c.binary()}}}}
	var tail []byte
	for _, t := range inputs {
		raw, data, err := t.values(c.binary())
		if err != nil {
			return nil, 0, fmt.Errorf("input %s: %w", t.Name, err)
		}
		in := requestTensor{Name: t.Name, Shape: t.Shape, Datatype: t.Datatype, Data: data}
		if c.binary() {
			in.Parameters = map[string]any{"binary_data_size": len(raw)}
			tail = append(tail, raw...)
		}
		r.Inputs = append(r.Inputs, in)
	}
	head, err := json.Marshal(r)
	if err != nil {
		return nil, 0, fmt.Errorf("request: %w", err)
	}
	return append(head, tail...), len(head), nil
}

// values are a tensor's bytes, or what stands for them in JSON.
func (t Tensor) values(raw bool) ([]byte, any, error) {
	switch t.Datatype {
	case "FP32":
		if !raw {
			return nil, t.Float32, nil
		}
		out := make([]byte, 4*len(t.Float32))
		for i, v := range t.Float32 {
			binary.LittleEndian.PutUint32(out[4*i:], math.Float32bits(v))
		}
		return out, nil, nil
	case "INT64", "INT32":
		if !raw {
			return nil, t.Int64, nil
		}
		return integers(t), nil, nil
	}
	return nil, nil, fmt.Errorf("datatype %s: want FP32, INT64 or INT32", t.Datatype)
}

func integers(t Tensor) []byte {
	out := make([]byte, 0, 8*len(t.Int64))
	for _, v := range t.Int64 {
		if t.Datatype == "INT32" {
			out = binary.LittleEndian.AppendUint32(out, uint32(v))
		} else {
			out = binary.LittleEndian.AppendUint64(out, uint64(v))
		}
	}
	return out
}

// decode fills dst from an answer; length is that of its JSON, "" for all of it.
func decode(body []byte, length, output string, dst []float32, shape []int64) error {
	tail := []byte(nil)
	if length != "" {
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > len(body) {
			return fmt.Errorf("the answer of %d bytes says that its JSON has %q", len(body), length)
		}
		body, tail = body[:n], body[n:]
	}
	var r response
	if err := json.Unmarshal(body, &r); err != nil {
		return fmt.Errorf("the answer is no JSON of the protocol: %w", err)
	}
	if r.Error != "" {
		return errors.New(r.Error)
	}
	for _, out := range r.Outputs {
		var raw []byte
		if size := out.Parameters.BinarySize; size != nil {
			if *size < 0 || *size > int64(len(tail)) {
				return fmt.Errorf("output %s has %d bytes, of which %d came", out.Name, *size, len(tail))
			}
			raw, tail = tail[:*size], tail[*size:]
		}
		if out.Name == output {
			return out.fill(raw, dst, shape)
		}
	}
	return fmt.Errorf("the answer has no output %s", output)
}

func (out responseTensor) fill(raw []byte, dst []float32, shape []int64) error {
	if fmt.Sprint(out.Shape) != fmt.Sprint(shape) {
		return fmt.Errorf("output %s has shape %v, want %v", out.Name, out.Shape, shape)
	}
	if out.Parameters.BinarySize == nil {
		if len(out.Data) != len(dst) {
			return fmt.Errorf("output %s has %d values, want %d", out.Name, len(out.Data), len(dst))
		}
		copy(dst, out.Data)
		return nil
	}
	size := map[string]int{"FP32": 4, "FP16": 2}[out.Datatype]
	if size == 0 {
		return fmt.Errorf("output %s is %s, want FP32 or FP16", out.Name, out.Datatype)
	}
	if len(raw) != size*len(dst) {
		return fmt.Errorf("output %s has %d bytes, want %d", out.Name, len(raw), size*len(dst))
	}
	for i := range dst {
		if size == 4 {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		} else {
			dst[i] = half(binary.LittleEndian.Uint16(raw[2*i:]))
		}
	}
	return nil
}

// half is the value of an IEEE 754 binary16 number.
func half(bits uint16) float32 {
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	v := math.Ldexp(1024+fraction, exponent-25)
	switch exponent {
	case 0:
		v = math.Ldexp(fraction, -24)
	case 31:
		v = math.Inf(1)
		if fraction != 0 {
			v = math.NaN()
		}
	}
	return float32(math.Copysign(v, 1-2*float64(bits>>15)))
}
