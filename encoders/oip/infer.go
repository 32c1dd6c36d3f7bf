package oip

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
	"unsafe"
)

// lengthHeader says how much of a body is JSON; tensors' bytes follow.
const lengthHeader = "Inference-Header-Content-Length"

// Tensor is an input, row-major. Exactly one of the value fields is set, the one that Datatype names.
type Tensor struct {
	Name     string
	Datatype string // "FP32", "INT64", "INT32" or "BYTES"
	Shape    []int64
	Float32  []float32 // of FP32
	Int64    []int64   // for INT64, and for INT32 if the values fit
	Bytes    [][]byte  // for BYTES: files and the like
}

// request is the protocol's JSON.
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

// Infer runs a model and writes its named output, FP32 or FP16 of the given shape, to dst. An answer with another
// name, shape or length is an error. The result is compute_ns from the answer's parameters: the time that the
// server says its model took, or 0 if it does not say.
func (c *Client) Infer(ctx context.Context, model string, inputs []Tensor, output string, dst []float32, shape ...int64) (time.Duration, error) {
	parts, err := c.encode(inputs, output)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address("/v2/models/"+url.PathEscape(model)+"/infer"), nil)
	if err != nil {
		return 0, c.hide(err)
	}
	sent := setBody(req, parts)
	defer sent.Wait() // the caller may overwrite the tensors afterwards
	req.Header.Set("Content-Type", "application/json")
	if c.binary() {
		req.Header.Set("Content-Type", "application/octet-stream")
		req.Header.Set(lengthHeader, strconv.Itoa(len(parts[0])))
	}
	// A float takes at most 25 bytes of JSON; the rest is the header.
	answer, header, err := c.do(req, 1<<20+32*int64(len(dst)), 0)
	if err != nil {
		return 0, err
	}
	took, err := decode(answer, header.Get(lengthHeader), output, dst, shape)
	if err != nil {
		return 0, c.hide(fmt.Errorf("model %s: %w", model, err))
	}
	return took, nil
}

// setBody makes a request send parts one after the other without copying, because a batch of pictures is
// large. The parts are read until the group is done, which can be after the answer.
func setBody(req *http.Request, parts [][]byte) *sync.WaitGroup {
	var sent sync.WaitGroup
	req.ContentLength = 0
	for _, p := range parts {
		req.ContentLength += int64(len(p))
	}
	req.GetBody = func() (io.ReadCloser, error) { // for each attempt, and after a kept connection was closed
		readers := make([]io.Reader, len(parts))
		for i, p := range parts {
			readers[i] = bytes.NewReader(p)
		}
		sent.Add(1)
		return &body{Reader: io.MultiReader(readers...), closed: sync.OnceFunc(sent.Done)}, nil
	}
	return &sent
}

// body signals when net/http is done with it. net/http closes each body at least once.
type body struct {
	io.Reader
	closed func()
}

func (b *body) Close() error {
	b.closed()
	return nil
}

// encode builds the body of a request: its JSON, then the bytes of the tensors.
func (c *Client) encode(inputs []Tensor, outputs ...string) ([][]byte, error) {
	var r request
	for _, name := range outputs {
		r.Outputs = append(r.Outputs, wanted{Name: name, Parameters: map[string]any{"binary_data": c.binary()}})
	}
	parts := [][]byte{nil}
	for _, t := range inputs {
		raw, data, err := t.values(c.binary())
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", t.Name, err)
		}
		in := requestTensor{Name: t.Name, Shape: t.Shape, Datatype: t.Datatype, Data: data}
		if c.binary() {
			in.Parameters = map[string]any{"binary_data_size": len(raw)}
			parts = append(parts, raw)
		} else if t.Datatype == "BYTES" {
			in.Parameters = map[string]any{"content_type": "base64"} // the name that MLServer uses
		}
		r.Inputs = append(r.Inputs, in)
	}
	head, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	parts[0] = head
	return parts, nil
}

// values are a tensor's bytes, or its form in JSON.
func (t Tensor) values(raw bool) ([]byte, any, error) {
	switch t.Datatype {
	case "FP32":
		if !raw {
			return nil, t.Float32, nil
		}
		return littleEndian(t.Float32), nil, nil
	case "INT64", "INT32":
		if !raw {
			return nil, t.Int64, nil
		}
		return integers(t), nil, nil
	case "BYTES":
		if !raw {
			return nil, t.Bytes, nil // json writes bytes in base64
		}
		var out []byte
		for _, b := range t.Bytes {
			out = append(binary.LittleEndian.AppendUint32(out, uint32(len(b))), b...)
		}
		return out, nil, nil
	}
	return nil, nil, fmt.Errorf("datatype %s: want FP32, INT64, INT32 or BYTES", t.Datatype)
}

// littleEndian has the bytes of floats. It shares their memory when the machine's byte order is the
// protocol's.
func littleEndian(values []float32) []byte {
	if len(values) > 0 && binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*len(values))
	}
	out := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(out[4*i:], math.Float32bits(v))
	}
	return out
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
