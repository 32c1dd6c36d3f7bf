package ort

import (
	"errors"
	"fmt"
	"os"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/fastclip/fastclip/encoders/onnxfile"
)

// Port is an input or an output of a model. A dynamic dimension is -1.
type Port struct {
	Name  string
	Shape []int64
	Type  string // "float32", "float16", "int64", "int32" or ONNX Runtime's own name
}

// Model is an ONNX file. A model with external data needs Path; a built-in one has none.
type Model struct {
	Path string
	Data []byte // content of the file without external data; optional with a path

	Inputs, Outputs []Port // as an earlier session told them; without them, they are read from the file
}

// ports are a model's inputs and outputs, as the file lists them. If the file leaves the width of an
// output open, ports asks ONNX Runtime. It infers shapes, but must load the model for it.
func (m Model) ports(so *onnx.SessionOptions) (ins, outs []Port, err error) {
	if len(m.Inputs) > 0 && len(m.Outputs) > 0 {
		return m.Inputs, m.Outputs, nil
	}
	if m.Data == nil && m.Path != "" {
		if m.Data, err = os.ReadFile(m.Path); err != nil {
			return nil, nil, fmt.Errorf("read onnx model: %w", err)
		}
	}
	if ins, outs, ok := m.written(); ok {
		return ins, outs, nil
	}
	var in, out []onnx.InputOutputInfo
	if m.Path != "" {
		in, out, err = onnx.GetInputOutputInfoWithOptions(m.Path, so)
	} else {
		in, out, err = onnx.GetInputOutputInfoWithONNXData(m.Data)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read onnx model: %w", err)
	}
	return loadedPorts(in), loadedPorts(out), nil
}

// written are the inputs and outputs that the file lists, if it gives the width of each output.
func (m Model) written() (ins, outs []Port, ok bool) {
	f, err := onnxfile.Parse(m.Data)
	if err != nil {
		return nil, nil, false
	}
	ins, outs = filePorts(f.Inputs), filePorts(f.Outputs)
	return ins, outs, told(outs)
}

// Told are the inputs and the chosen output of a model whose Data is there, as a session of it would have them. ok is
// false if only loading it can tell.
func (m Model) Told(output Output) (ins []Port, out Port, ok bool) {
	ins, outs, ok := m.written()
	if !ok {
		return nil, Port{}, false
	}
	out, err := output.choose(outs)
	return ins, out, err == nil
}

// told tells whether each output's shape is known except for its first dimension.
func told(outs []Port) bool {
	for _, o := range outs {
		if len(o.Shape) == 0 {
			return false
		}
		for _, d := range o.Shape[1:] {
			if d < 1 && len(o.Shape) == 2 {
				return false
			}
		}
	}
	return len(outs) > 0
}

func filePorts(ports []onnxfile.Port) []Port {
	var out []Port
	for _, p := range ports {
		q := Port{Name: p.Name, Type: p.Type}
		for _, d := range p.Dims {
			size := d.Size
			if d.Dynamic() {
				size = -1
			}
			q.Shape = append(q.Shape, size)
		}
		out = append(out, q)
	}
	return out
}

func loadedPorts(ports []onnx.InputOutputInfo) []Port {
	var out []Port
	for _, i := range ports {
		p := Port{Name: i.Name, Shape: i.Dimensions}
		switch i.DataType {
		case onnx.TensorElementDataTypeFloat:
			p.Type = "float32"
		case onnx.TensorElementDataTypeFloat16:
			p.Type = "float16"
		case onnx.TensorElementDataTypeInt64:
			p.Type = "int64"
		case onnx.TensorElementDataTypeInt32:
			p.Type = "int32"
		case onnx.TensorElementDataTypeUint8:
			p.Type = "uint8"
		default:
			p.Type = i.DataType.String()
		}
		out = append(out, p)
	}
	return out
}

// ErrOutput means that the caller must name the output to use.
var ErrOutput = errors.New("name the one to use")

// Output says which of a model's outputs Run returns.
type Output struct {
	Name  string // exactly this one, unless empty
	Usual string // this one, if it exists
}

// choose takes the named output, or else the usual one, or else the only one with two dimensions.
func (o Output) choose(outs []Port) (Port, error) {
	names, flat := []string{}, []Port{}
	for _, p := range outs {
		if p.Name == o.Name {
			return p, nil
		}
		names = append(names, p.Name)
		if len(p.Shape) == 2 {
			flat = append(flat, p)
		}
	}
	if o.Name != "" {
		return Port{}, fmt.Errorf("onnx model has no output %q (it has %q): %w", o.Name, names, ErrOutput)
	}
	for _, p := range outs {
		if p.Name == o.Usual {
			return p, nil
		}
	}
	switch {
	case len(outs) == 1:
		return outs[0], nil
	case len(flat) == 1:
		return flat[0], nil
	}
	return Port{}, fmt.Errorf("onnx model has outputs %q: %w", names, ErrOutput)
}
