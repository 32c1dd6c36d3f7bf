package modeldir

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"strings"

	"github.com/fastclip/fastclip/encoders/pooling"
	float16 "github.com/fastclip/fastclip/internal/half"
	"github.com/fastclip/fastclip/internal/pyjson"
)

// maxLayer is the largest size of a layer's file in bytes: 4096 times 4096 values of 4 bytes, and a
// header.
const maxLayer = 1<<26 + 1<<20

// dense reads sentence-transformers' layer after a pooling. It writes the bytes that it reads to hash.
func (r *reader) dense(dir string, hash io.Writer) (l pooling.Layer, err error) {
	file := path.Join(dir, configName)
	data, err := fs.ReadFile(r.fsys, file)
	if err != nil {
		return l, err
	}
	r.used[file], r.layers[file] = true, true
	var c struct {
		In         int    `json:"in_features"`
		Out        int    `json:"out_features"`
		Bias       *bool  `json:"bias"`
		Activation string `json:"activation_function"`
		From       string `json:"module_input_name"`
		To         string `json:"module_output_name"`
	}
	if err := pyjson.Unmarshal(data, &c); err != nil {
		return l, fmt.Errorf("%s: %w", file, err)
	}
	switch act := c.Activation[strings.LastIndexByte(c.Activation, '.')+1:]; {
	case c.In < 1 || c.In > 1<<14 || c.Out < 1 || c.Out > 1<<14:
		return l, fmt.Errorf("%s: in_features %d and out_features %d: want 1 to %d", file, c.In, c.Out, 1<<14)
	case c.From != "" && c.From != "sentence_embedding" || c.To != "" && c.To != "sentence_embedding":
		return l, fmt.Errorf("%s: it takes %s and gives %s: fastclip supports only layers after the pooling", file, c.From, c.To)
	case act == "Tanh" || act == "": // the library's default
		l.Tanh = true
	case act != "Identity":
		return l, fmt.Errorf("%s: activation_function %s is not known: want Tanh or Identity", file, c.Activation)
	}
	l.In, l.Out = c.In, c.Out
	weights := path.Join(dir, "model.safetensors")
	info, err := fs.Stat(r.fsys, weights)
	if errors.Is(err, fs.ErrNotExist) {
		return l, fmt.Errorf("%s has no model.safetensors: pickles are not read; save it again with sentence-transformers", dir)
	}
	if err == nil && info.Size() > maxLayer {
		err = fmt.Errorf("%s has %d bytes: want at most %d", weights, info.Size(), maxLayer)
	}
	if err != nil {
		return l, err
	}
	raw, err := fs.ReadFile(r.fsys, weights)
	if err != nil {
		return l, err
	}
	r.used[weights] = true
	_, _ = hash.Write(append(data, raw...)) // a hash never fails
	if l.Weight, err = safetensor(raw, "linear.weight", l.Out, l.In); err == nil && (c.Bias == nil || *c.Bias) {
		l.Bias, err = safetensor(raw, "linear.bias", l.Out)
	}
	if err != nil {
		return l, fmt.Errorf("%s: %w", weights, err)
	}
	return l, nil
}

// safetensor is a tensor of floats with a given shape, from a safetensors file.
func safetensor(file []byte, name string, shape ...int) ([]float32, error) {
	if len(file) < 8 || binary.LittleEndian.Uint64(file) > uint64(len(file)-8) {
		return nil, errors.New("not a safetensors file: its header is cut short")
	}
	head, values := file[8:], file[8:]
	n := binary.LittleEndian.Uint64(file)
	head, values = head[:n], values[n:]
	var all map[string]json.RawMessage
	if err := json.Unmarshal(head, &all); err != nil {
		return nil, fmt.Errorf("not a safetensors file: %w", err)
	}
	var t struct {
		Type    string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets []int  `json:"data_offsets"`
	}
	if all[name] == nil {
		return nil, fmt.Errorf("it has no tensor %s", name)
	}
	if err := json.Unmarshal(all[name], &t); err != nil {
		return nil, fmt.Errorf("tensor %s: %w", name, err)
	}
	count := 1
	for _, d := range shape {
		count *= d
	}
	size := map[string]int{"F32": 4, "F16": 2, "BF16": 2}[t.Type]
	if size == 0 || fmt.Sprint(t.Shape) != fmt.Sprint(shape) || len(t.Offsets) != 2 || t.Offsets[0] < 0 || t.Offsets[1] > len(values) || t.Offsets[1]-t.Offsets[0] != size*count {
		return nil, fmt.Errorf("tensor %s is %.20s of shape %v: want F32, F16 or BF16 of shape %v, complete in the file", name, t.Type, t.Shape, shape)
	}
	values = values[t.Offsets[0]:t.Offsets[1]]
	out := make([]float32, count)
	for i := range out {
		switch t.Type {
		case "F32":
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(values[4*i:]))
		case "F16":
			out[i] = float16.ToFloat32(binary.LittleEndian.Uint16(values[2*i:]))
		default:
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(values[2*i:])) << 16)
		}
	}
	return out, nil
}
