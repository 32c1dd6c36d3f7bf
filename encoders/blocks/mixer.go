package blocks

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
)

// Mixer puts graphs together from a reference and a variant of it.
type Mixer struct {
	r, v     *side
	m        *matching
	products []Product
}

// NewMixer takes both towers apart. The products are those of the reference.
func NewMixer(reference, variant Tower, products []Product) (*Mixer, error) {
	r, v, err := newSides(reference, variant)
	if err != nil {
		return nil, err
	}
	return &Mixer{r, v, match(r.split, v.split), products}, nil
}

// Mixed is the reference's graph with the chosen products computed as in the variant. With switches, an
// input (Switch) turns each of them on or off; otherwise they are always on, and the graph is as Folded makes it.
func (x *Mixer) Mixed(chosen []bool, switches bool) ([]byte, error) {
	var grafts []onnxgraph.Graft
	for i, p := range x.products {
		if !chosen[i] {
			continue
		}
		theirs := x.m.to[p.Tensor]
		if theirs == "" {
			return nil, fmt.Errorf("%w: %s of %s is not in the variant", ErrFew, p.Kind, p.Block)
		}
		g := onnxgraph.Graft{Tensor: p.Tensor, Theirs: theirs}
		if switches {
			g.Switch = Switch(i)
		}
		grafts = append(grafts, g)
	}
	out, err := x.r.graph.Grafted(x.v.graph, grafts, func(t string) string {
		own := x.m.from[t]
		if own == "" || !onnxgraph.Floating(x.r.types[own]) || !onnxgraph.Floating(x.v.types[t]) || x.r.graph.Maker(own) == nil {
			return ""
		}
		return own
	})
	if err != nil {
		return nil, err
	}
	if !switches {
		if err := out.FoldFactors(factorSuffix); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// Names in derive's int8-smooth end so: of a product's input after a multiplication by factors, and of the factors.
const (
	evenSuffix   = "_even"
	factorSuffix = evenSuffix + "_factor"
)

// Folded is a file of int8-smooth with as few multiplications by factors as possible: layer normalizations take
// them over.
func Folded(data []byte) ([]byte, error) {
	g, err := onnxgraph.Parse(data)
	if err != nil {
		return nil, err
	}
	if err := g.FoldFactors(factorSuffix); err != nil {
		return nil, err
	}
	return g.Bytes(), nil
}

// Switch is the input that selects how a product is computed: 0 as in the reference, 1 as in the variant.
func Switch(i int) string { return fmt.Sprintf("switch/%d", i) }

// Differing tells for each product whether the variant computes it differently: with another operator, or with
// values of another type.
func (x *Mixer) Differing() []bool {
	out := make([]bool, len(x.products))
	for i, p := range x.products {
		theirs := x.m.to[p.Tensor]
		if theirs == "" {
			continue
		}
		a, b := x.r.graph.Maker(p.Tensor), x.v.graph.Maker(theirs)
		out[i] = a.Op != b.Op || x.r.types[p.Tensor] != x.v.types[theirs]
		for k := range a.Inputs {
			out[i] = out[i] || k < len(b.Inputs) && (resolve(x.r.graph, a.Inputs[k]) == nil) != (resolve(x.v.graph, b.Inputs[k]) == nil)
		}
	}
	return out
}
