package blocks

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
	"github.com/fastclip/fastclip/encoders/ort"
)

// Item is the input of both towers for one item.
type Item struct{ Reference, Variant map[string]ort.Tensor }

// Drift is a difference, and the size of the values that differ.
type Drift struct {
	diff, size float64
	broken     bool // some value is NaN or infinite where the reference's is finite
}

// Relative is the mean |a-b| as a share of the reference's mean |b|.
func (d Drift) Relative() float64 {
	switch {
	case d.broken:
		return math.Inf(1)
	case d.size == 0:
		return 0
	}
	return d.diff / d.size
}

func (d *Drift) add(got, want []float32) {
	for i, w := range want {
		g := float64(got[i])
		if math.IsNaN(g) || math.IsInf(g, 0) {
			d.broken = d.broken || !math.IsInf(float64(w), 0) && w == w
			continue
		}
		d.diff += math.Abs(g - float64(w))
		d.size += math.Abs(float64(w))
	}
}

// packed appends values as bytes.
func packed(to []byte, values []float32) []byte {
	for _, v := range values {
		to = binary.LittleEndian.AppendUint32(to, math.Float32bits(v))
	}
	return to
}

// side is a tower with its blocks.
type side struct {
	*split
	tower Tower
}

func newSide(t Tower) (*side, error) {
	g, err := onnxgraph.Parse(t.Data)
	if err != nil {
		return nil, err
	}
	g.Folder = t.Folder
	return &side{newSplit(g, t.Output), t}, nil
}

// newSides takes both towers apart. An error says which tower it is about.
func newSides(reference, variant Tower) (r, v *side, err error) {
	if r, err = newSide(reference); err != nil {
		return nil, nil, fmt.Errorf("reference: %w", err)
	}
	if v, err = newSide(variant); err != nil {
		return nil, nil, fmt.Errorf("variant: %w", err)
	}
	return r, v, nil
}

// probe opens a session for what a builder has collected.
func (s *side) probe(b *onnxgraph.Builder) (*ort.Probe, error) {
	return s.tower.Library.Probe(b.Graph().Bytes(), s.tower.Options)
}

// run evaluates parts of a graph back to their stops, with given values at the stops.
func (s *side) run(ctx context.Context, p *ort.Probe, inputs map[string]ort.Tensor, fed map[string]ort.Tensor) (map[string]ort.Tensor, error) {
	all := make(map[string]ort.Tensor, len(inputs)+len(fed))
	for name, t := range inputs {
		all[name] = t
	}
	for name, t := range fed {
		all[onnxgraph.Fed(name)] = t
	}
	return p.Run(ctx, all)
}

// pair is two graphs with corresponding tensors.
type pair struct {
	r, v  *side
	match *matching
	parts []part
}

// part is a block, or several blocks between which the variant has no matching tensor. Its end has the
// tensors that both graphs have.
type part struct {
	Block
	from, to int      // range of the reference's blocks
	ends     []string // by the reference's names
}

// ErrFew is the error for graphs that have too little in common.
var ErrFew = errors.New("too few tensors can be matched")

func newPair(r, v *side) (*pair, error) {
	p := &pair{r: r, v: v, match: match(r.split, v.split)}
	from := 0
	for i, b := range r.blocks {
		var ends []string
		for _, t := range b.outputs {
			if p.match.to[t] != "" {
				ends = append(ends, t)
			}
		}
		if len(ends) == 0 {
			if len(b.outputs) == 0 && from == i {
				from++ // it has no output that could drift
			}
			continue
		}
		whole := *b
		if from < i {
			whole.Name, whole.Op = r.blocks[from].Name+" to "+b.Name, ""
			for k := from; k < i; k++ {
				whole.nodes = append(append([]*onnxgraph.Node(nil), r.blocks[k].nodes...), whole.nodes...)
			}
		}
		p.parts = append(p.parts, part{whole, from, i, ends})
		from = i + 1
	}
	had := 0
	for _, b := range r.blocks {
		if len(b.outputs) > 0 {
			had++
		}
	}
	if len(p.parts) < 2 || 2*len(p.parts) < had {
		return p, fmt.Errorf("%w: %v, which leaves %d of %d blocks", ErrFew, p.match.count, len(p.parts), had)
	}
	return p, nil
}

// before tells whether a tensor of the variant corresponds to one that the reference computes before a
// block.
func (p *pair) before(block int) func(string) bool {
	return func(t string) bool {
		r := p.match.from[t]
		at, ok := p.r.of[r]
		return r != "" && ok && at < block && onnxgraph.Floating(p.v.types[t]) && onnxgraph.Floating(p.r.types[r])
	}
}

// upTo tells whether a reference's tensor is computed before the end of a part, and its value is known.
func (p *pair) upTo(x part) func(string) bool {
	return func(t string) bool {
		at, ok := p.r.of[t]
		if !ok || at > x.to || !onnxgraph.Floating(p.r.types[t]) {
			return false
		}
		return at < x.from || p.match.to[t] != ""
	}
}

func (p *pair) theirs(tensors []string) []string {
	var out []string
	for _, t := range tensors {
		out = append(out, p.match.to[t])
	}
	return out
}
