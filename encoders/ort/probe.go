package ort

import (
	"context"
	"fmt"
	"slices"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/fastclip/fastclip/encoders/onnxfile"
)

// Probe is a loaded model that returns all its outputs, which are all float32.
type Probe struct {
	session *Session
	outputs []string
}

// Probe makes a session that returns every output of a model in memory.
func (l *Library) Probe(data []byte, opt Options) (*Probe, error) {
	f, err := onnxfile.Parse(data)
	if err != nil {
		return nil, err
	}
	so, err := l.session(opt)
	if err != nil {
		return nil, err
	}
	defer so.Destroy()
	p := &Probe{session: &Session{inputs: filePorts(f.Inputs)}}
	var names []string
	for _, in := range f.Inputs {
		names = append(names, in.Name)
	}
	for _, out := range f.Outputs {
		p.outputs = append(p.outputs, out.Name)
	}
	if p.session.session, err = onnx.NewDynamicAdvancedSessionWithONNXData(data, names, p.outputs, so); err != nil {
		return nil, fmt.Errorf("create onnx session: %w", err)
	}
	return p, nil
}

// Inputs are the model's inputs in its own order.
func (p *Probe) Inputs() []Port { return p.session.inputs }

// Run evaluates the model on a tensor for each of its inputs, by name, and returns every output by name.
func (p *Probe) Run(ctx context.Context, tensors map[string]Tensor) (map[string]Tensor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in := make([]Tensor, len(p.session.inputs))
	for i, port := range p.session.inputs {
		t, ok := tensors[port.Name]
		if !ok {
			return nil, fmt.Errorf("onnx run: nothing was given for input %s", port.Name)
		}
		in[i] = t
	}
	inputs, free, err := p.session.values(in)
	defer free()
	if err != nil {
		return nil, err
	}
	outs := make([]onnx.Value, len(p.outputs))
	defer func() {
		for _, v := range outs {
			if v != nil {
				v.Destroy()
			}
		}
	}()
	if err := p.session.runInto(ctx, inputs, outs); err != nil {
		return nil, err
	}
	all := make(map[string]Tensor, len(outs))
	for i, v := range outs {
		t, ok := v.(*onnx.Tensor[float32])
		if !ok {
			return nil, fmt.Errorf("onnx run: output %s is not a tensor of float32", p.outputs[i])
		}
		all[p.outputs[i]] = Tensor{Float32: slices.Clone(t.GetData()), Shape: slices.Clone(t.GetShape())}
	}
	return all, nil
}

// Close frees the session.
func (p *Probe) Close() error { return p.session.Close() }
