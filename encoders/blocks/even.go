package blocks

import (
	"math"
	"slices"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
)

// evened undoes factors that even out the channels of a product's input. The variant multiplies the input
// by them first, and its weights contain their inverse.
func (p *pair) evened(values []float32, slack func(int, float32) float64, w *onnxgraph.Weight, n *onnxgraph.Node) ([]float32, func(int, float32) float64, error) {
	if values == nil || n.Op != "MatMul" || len(w.Dims) != 2 || len(n.Outputs) == 0 {
		return values, slack, nil
	}
	factors, err := p.factors(n, w.Dims[0])
	if err != nil || factors == nil {
		return values, slack, err
	}
	columns, out := int(w.Dims[1]), slices.Clone(values)
	for k := range out {
		out[k] *= factors[k/columns]
	}
	return out, func(k int, v float32) float64 {
		f := float64(factors[k/columns])
		return slack(k, v)*math.Abs(f) + 1e-6*math.Abs(float64(v))
	}, nil
}

// factors are what the variant multiplies the input of a product by, in an operator of its own or in the layer
// normalization before. It is nil when there are none.
func (p *pair) factors(n *onnxgraph.Node, channels int64) ([]float32, error) {
	input, todo := p.match.to[n.Inputs[0]], []string{p.match.to[n.Outputs[0]]}
	const most = 12 // tensors of an 8-bit product
	for i := 0; i < len(todo) && i < most; i++ {
		m := p.v.graph.Maker(todo[i])
		if m == nil || todo[i] == input {
			continue
		}
		if isFolded(m) {
			return p.ratio(p.r.graph.Maker(n.Inputs[0]), m, channels)
		}
		if m.Op == "Mul" && slices.Contains(m.Inputs, input) {
			for _, in := range m.Inputs {
				if f := resolve(p.v.graph, in); f != nil && f.Size() == channels {
					return p.v.graph.Values(f)
				}
			}
		}
		todo = append(todo, m.Inputs...)
	}
	return nil, nil
}

// ratio is the scale of the variant's layer normalization divided by that of the reference's.
func (p *pair) ratio(ref, own *onnxgraph.Node, channels int64) ([]float32, error) {
	for ref != nil && ref.Op == "Cast" {
		ref = p.r.graph.Maker(ref.Inputs[0])
	}
	if ref == nil || ref.Op != own.Op {
		return nil, nil
	}
	a, b := resolve(p.r.graph, ref.Inputs[1]), resolve(p.v.graph, own.Inputs[1])
	if a == nil || b == nil || a.Size() != channels || b.Size() != channels {
		return nil, nil
	}
	want, err := p.r.graph.Values(a)
	if err != nil {
		return nil, err
	}
	got, err := p.v.graph.Values(b)
	if err != nil {
		return nil, err
	}
	out := make([]float32, channels)
	for i := range out {
		out[i] = 1
		if want[i] != 0 {
			out[i] = got[i] / want[i]
		}
	}
	return out, nil
}
