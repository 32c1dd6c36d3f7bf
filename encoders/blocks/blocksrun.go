package blocks

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
	"github.com/fastclip/fastclip/encoders/ort"
)

// measured holds the measurements of a part.
type measured struct {
	After Drift // after the block, in the whole variant
	Own   Drift // after the block, given the reference's input
	Final Drift // of the embedding, with this block alone from the variant
}

func never(string) bool { return false }

// measure runs both graphs on items. It runs each block on the reference's input. It also runs the
// reference with each block's result in place of its own. It calls each after each piece of work.
func (p *pair) measure(ctx context.Context, items []Item, each func()) (parts []measured, final Drift, err error) {
	parts = make([]measured, len(p.parts))
	taps, ends := map[string]bool{}, map[string]bool{}
	swap, whole := p.v.graph.Build(), p.v.graph.Build()
	for i, x := range p.parts {
		theirs := p.theirs(x.ends)
		stop := p.before(x.from)
		if err := swap.Add(prefix(i), theirs, stop); err != nil {
			return nil, final, err
		}
		for _, t := range p.v.graph.Frontier(theirs, stop) {
			taps[p.match.from[t]] = true
		}
		for _, t := range p.r.graph.Frontier([]string{p.r.output}, p.upTo(x)) {
			taps[t] = true
		}
		for _, t := range x.ends {
			taps[t], ends[t] = true, true
		}
	}
	taps[p.r.output], ends[p.r.output] = true, true
	if err := whole.Add("", p.theirs(sorted(ends)), never); err != nil {
		return nil, final, err
	}
	reference := p.r.graph.Build()
	if err := reference.Add("", sorted(taps), never); err != nil {
		return nil, final, err
	}
	var probes []*ort.Probe
	defer func() {
		for _, q := range probes {
			err = errors.Join(err, q.Close())
		}
	}()
	for _, b := range []struct {
		s *side
		b *onnxgraph.Builder
	}{{p.r, reference}, {p.v, whole}, {p.v, swap}} {
		q, err := b.s.probe(b.b)
		if err != nil {
			return nil, final, err
		}
		probes = append(probes, q)
	}
	known := make([]map[string]ort.Tensor, len(items)) // the reference's tensors, by item
	swapped := make([]map[string]ort.Tensor, len(items))
	for k, item := range items {
		ref, err := p.r.run(ctx, probes[0], item.Reference, nil)
		if err != nil {
			return nil, final, fmt.Errorf("reference: %w", err)
		}
		known[k] = map[string]ort.Tensor{}
		fed := map[string]ort.Tensor{}
		for t := range taps {
			known[k][t] = ref[onnxgraph.Output("", t)]
			fed[p.match.to[t]] = known[k][t]
		}
		all, err := p.v.run(ctx, probes[1], item.Variant, nil)
		if err != nil {
			return nil, final, fmt.Errorf("variant: %w", err)
		}
		own, err := p.v.run(ctx, probes[2], item.Variant, fed)
		if err != nil {
			return nil, final, fmt.Errorf("variant, block by block: %w", err)
		}
		swapped[k] = map[string]ort.Tensor{}
		for i, x := range p.parts {
			for _, t := range x.ends {
				want := known[k][t]
				a, b := all[onnxgraph.Output("", p.match.to[t])], own[onnxgraph.Output(prefix(i), p.match.to[t])]
				if !slices.Equal(a.Shape, want.Shape) || !slices.Equal(b.Shape, want.Shape) {
					return nil, final, fmt.Errorf("%w: %s is %v in the reference and %v in the variant", ErrFew, t, want.Shape, a.Shape)
				}
				parts[i].After.add(a.Float32, want.Float32)
				parts[i].Own.add(b.Float32, want.Float32)
				swapped[k][t] = b
			}
		}
		out := p.match.to[p.r.output]
		final.add(all[onnxgraph.Output("", out)].Float32, known[k][p.r.output].Float32)
		each()
	}
	return parts, final, p.onward(ctx, items, known, swapped, parts, each)
}

// onward runs the rest of the reference after each block's swapped result.
func (p *pair) onward(ctx context.Context, items []Item, known, swapped []map[string]ort.Tensor, parts []measured, each func()) error {
	for i, x := range p.parts {
		if slices.Contains(x.ends, p.r.output) {
			for k := range items {
				parts[i].Final.add(swapped[k][p.r.output].Float32, known[k][p.r.output].Float32)
			}
			continue
		}
		if parts[i].Own.Relative() == 0 { // nothing would change
			each()
			continue
		}
		b := p.r.graph.Build()
		if err := b.Add("", []string{p.r.output}, p.upTo(x)); err != nil {
			return err
		}
		q, err := p.r.probe(b)
		if err != nil {
			return err
		}
		for k, item := range items {
			fed := map[string]ort.Tensor{}
			for t, v := range known[k] {
				fed[t] = v
			}
			for _, t := range x.ends {
				fed[t] = swapped[k][t]
			}
			out, err := p.r.run(ctx, q, item.Reference, fed)
			if err != nil {
				return errors.Join(fmt.Errorf("reference after %s: %w", x.Name, err), q.Close())
			}
			parts[i].Final.add(out[onnxgraph.Output("", p.r.output)].Float32, known[k][p.r.output].Float32)
		}
		each()
		if err := q.Close(); err != nil {
			return err
		}
	}
	return nil
}

// prefix begins the names of a part's tensors.
func prefix(i int) string { return fmt.Sprintf("part%d/", i) }

func sorted(set map[string]bool) []string {
	var out []string
	for t := range set {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}
