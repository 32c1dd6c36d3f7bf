package remote

import (
	"context"
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/encoders/oip"
	"github.com/fastclip/fastclip/encoders/ort"
)

// ErrNoLayers is the error for an adapter or a server whose layers cannot be inspected.
var ErrNoLayers = oip.ErrNoLayers

// Looked is an encoder on a server whose layers may be open to inspection.
type Looked interface{ Served() oip.Served }

// ImageStack is the image tower of a server as a stack. Each item is a separate batch.
func ImageStack(ctx context.Context, e Looked, items []encoders.Pixels) (blocks.Stack, error) {
	m := e.Served().Image
	var in []oip.Tensor
	for _, px := range items {
		in = append(in, oip.Tensor{Name: m.Inputs[0].Name, Datatype: "FP32", Shape: []int64{int64(px.N), 3, int64(px.Size), int64(px.Size)}, Float32: px.Data})
	}
	return openStack(ctx, e.Served(), m, in)
}

// TextStack is the text tower of a server as a stack.
func TextStack(ctx context.Context, e Looked, items []encoders.Tokens) (blocks.Stack, error) {
	m := e.Served().Text
	var in []oip.Tensor
	for _, tk := range items {
		in = append(in, oip.Tensor{Name: m.Inputs[0].Name, Datatype: m.Inputs[0].Datatype, Shape: []int64{int64(tk.N), int64(tk.Len)}, Int64: tk.IDs})
	}
	return openStack(ctx, e.Served(), m, in)
}

func openStack(ctx context.Context, e oip.Served, m oip.Model, items []oip.Tensor) (blocks.Stack, error) {
	ctx, done := e.Watch(ctx)
	said, err := e.Client.Layers(ctx, m.Name)
	if err = done(err); errors.Is(err, ErrNoLayers) {
		return nil, fmt.Errorf("this %s %w", map[bool]string{true: "adapter", false: "server"}[e.Ours], err)
	}
	if err != nil {
		return nil, err
	}
	s := &stack{e: e, model: m, items: items}
	for _, l := range said {
		s.layers = append(s.layers, blocks.Layer(l))
	}
	return s, nil
}

// stack is a model in another process, with its inputs for items.
type stack struct {
	e      oip.Served
	model  oip.Model
	items  []oip.Tensor
	layers []blocks.Layer
}

func (s *stack) Layers() []blocks.Layer { return s.layers }
func (s *stack) Close() error           { return nil }

func (s *stack) Run(ctx context.Context, item int, put map[string]ort.Tensor, want []string) (map[string]ort.Tensor, error) {
	in := []oip.Tensor{s.items[item]}
	for name, t := range put {
		in = append(in, oip.Tensor{Name: name, Datatype: "FP32", Shape: t.Shape, Float32: t.Float32})
	}
	ctx, done := s.e.Watch(ctx)
	got, err := s.e.Client.Look(ctx, s.model.Name, in, want)
	if err = done(err); err != nil {
		return nil, err
	}
	out := map[string]ort.Tensor{}
	for name, t := range got {
		out[name] = ort.Tensor{Float32: t.Float32, Shape: t.Shape}
	}
	return out, nil
}
