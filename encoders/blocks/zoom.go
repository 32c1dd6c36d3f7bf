package blocks

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
	"github.com/fastclip/fastclip/encoders/ort"
)

// operator is a tensor within a block, computed from the reference's values before it.
type operator struct {
	Name, Op string
	Own      Drift
}

// zoom examines a part operator by operator. The variant computes each tensor that both graphs have from
// the reference's tensors right before it.
func (p *pair) zoom(ctx context.Context, x part, items []Item) (out []operator, err error) {
	any := func(t string) bool { return p.before(len(p.r.blocks))(t) }
	b, taps := p.v.graph.Build(), map[string]bool{}
	var tensors []string
	for _, n := range x.nodes {
		for _, t := range n.Outputs {
			if t == "" || p.match.to[t] == "" || !onnxgraph.Floating(p.r.types[t]) {
				continue
			}
			theirs := []string{p.match.to[t]}
			if err := b.Add(prefix(len(tensors)), theirs, any); err != nil {
				return nil, err
			}
			for _, f := range p.v.graph.Frontier(theirs, any) {
				taps[p.match.from[f]] = true
			}
			taps[t] = true
			tensors = append(tensors, t)
			out = append(out, operator{Name: p.r.within(n), Op: n.Op})
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	reference := p.r.graph.Build()
	if err := reference.Add("", sorted(taps), never); err != nil {
		return nil, err
	}
	ref, err := p.r.probe(reference)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ref.Close()) }()
	own, err := p.v.probe(b)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	for _, item := range items {
		want, err := p.r.run(ctx, ref, item.Reference, nil)
		if err != nil {
			return nil, fmt.Errorf("reference: %w", err)
		}
		fed := map[string]ort.Tensor{}
		for t := range taps {
			fed[p.match.to[t]] = want[onnxgraph.Output("", t)]
		}
		got, err := p.v.run(ctx, own, item.Variant, fed)
		if err != nil {
			return nil, fmt.Errorf("variant, operator by operator: %w", err)
		}
		for i, t := range tensors {
			a, w := got[onnxgraph.Output(prefix(i), p.match.to[t])], want[onnxgraph.Output("", t)]
			if !slices.Equal(a.Shape, w.Shape) {
				continue // two tensors that share only a name
			}
			out[i].Own.add(a.Float32, w.Float32)
		}
	}
	return out, nil
}
