package blocks

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
)

// changedWeight is a weight of a block that is neither the reference's nor a rounding of it.
type changedWeight struct {
	name string // without the block's name
	how  string
}

// changedWeights compares a part's weights with those of the variant's matching nodes.
func (p *pair) changedWeights(x part, theirs []*onnxgraph.Node) ([]changedWeight, error) {
	var out []changedWeight
	done := map[string]bool{}
	for _, n := range x.nodes {
		for _, name := range p.r.weights(n) {
			if done[name] {
				continue
			}
			done[name] = true
			w := resolve(p.r.graph, name)
			if !onnxgraph.Floating(w.Type) {
				continue
			}
			if o := resolve(p.v.graph, name); o != nil && onnxgraph.Same(w, o) {
				continue
			}
			want, err := p.r.graph.Values(w)
			if err != nil {
				return nil, err
			}
			got, slack, err := p.counterpart(name, w, n, theirs)
			if err == nil {
				got, slack, err = p.evened(got, slack, w, n)
			}
			if err != nil {
				return nil, err
			}
			if got == nil || within(got, want, slack) {
				continue
			}
			out = append(out, changedWeight{p.short(name, x), p.how(got, want, name, w, x)})
		}
	}
	return out, nil
}

// short is a weight's name within its block.
func (p *pair) short(name string, x part) string {
	if rest := strings.TrimPrefix(name, x.Name+"."); rest != name {
		return rest
	}
	if strings.Contains(name, "::") {
		for _, n := range x.nodes {
			if slices.Contains(n.Inputs, name) {
				return p.r.within(n)
			}
		}
	}
	return name
}

// counterpart has the values of the variant's weight for a weight of the reference. slack is how far each
// value may differ because of rounding. Both are nil when no weight has that shape.
func (p *pair) counterpart(name string, w *onnxgraph.Weight, n *onnxgraph.Node, theirs []*onnxgraph.Node) (values []float32, slack func(i int, v float32) float64, err error) {
	v := p.v.graph
	if o := resolve(v, name); o != nil && slices.Equal(o.Dims, w.Dims) && onnxgraph.Floating(o.Type) {
		values, err = v.Values(o)
		return values, rounding(o.Type), err
	}
	if q := resolve(v, name+"_quantized"); q != nil && slices.Equal(q.Dims, w.Dims) {
		return p.dequantized(q, resolve(v, name+"_scale"), resolve(v, name+"_zero_point"))
	}
	// The weight has another name. Find it through the node whose output corresponds to this node's
	// output.
	if len(n.Outputs) == 0 || len(p.match.to[n.Outputs[0]]) == 0 {
		return nil, nil, nil
	}
	m := v.Maker(p.match.to[n.Outputs[0]])
	if m == nil || m.Op != n.Op || !slices.Contains(theirs, m) {
		return nil, nil, nil
	}
	at := slices.Index(n.Inputs, name)
	if at >= len(m.Inputs) {
		return nil, nil, nil
	}
	if o := resolve(v, m.Inputs[at]); o != nil && slices.Equal(o.Dims, w.Dims) && onnxgraph.Floating(o.Type) {
		values, err = v.Values(o)
		return values, rounding(o.Type), err
	}
	return nil, nil, nil
}

// rounding is how far a value may be from the value before rounding.
func rounding(kind int64) func(int, float32) float64 {
	share, least := 1e-6, 0.0
	switch kind {
	case onnxgraph.Float16:
		share, least = 1.0/2048, 1.0/(1<<24)
	case onnxgraph.BFloat16:
		share = 1.0 / 256
	}
	return func(_ int, v float32) float64 { return 1.01*share*math.Abs(float64(v)) + least }
}

// dequantized are the values that 8-bit weights stand for. They have one scale and zero point for all, or
// one for each entry of the last axis.
func (p *pair) dequantized(q, scale, zero *onnxgraph.Weight) ([]float32, func(int, float32) float64, error) {
	if scale == nil || len(q.Dims) == 0 {
		return nil, nil, nil
	}
	values, err := p.v.graph.Values(q)
	if err != nil {
		return nil, nil, err
	}
	scales, err := p.v.graph.Values(scale)
	if err != nil {
		return nil, nil, err
	}
	zeros := make([]float32, len(scales))
	if zero != nil {
		z, err := p.v.graph.Values(zero)
		if err != nil {
			return nil, nil, err
		}
		copy(zeros, z)
	}
	columns := int(q.Dims[len(q.Dims)-1])
	if len(scales) != 1 && len(scales) != columns {
		return nil, nil, nil
	}
	at := func(i int) int {
		if len(scales) == 1 {
			return 0
		}
		return i % columns
	}
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = (v - zeros[at(i)]) * scales[at(i)]
	}
	return out, func(i int, _ float32) float64 { return 0.51*float64(scales[at(i)]) + 1e-9 }, nil
}

// within tells whether all but one in a thousand values are within rounding of the reference's.
func within(got, want []float32, slack func(int, float32) float64) bool {
	beyond := 0
	for i, w := range want {
		if math.Abs(float64(got[i])-float64(w)) > slack(i, w) {
			beyond++
		}
	}
	return beyond <= len(want)/1000
}

// how says what was done to a weight, if that is clear.
func (p *pair) how(got, want []float32, name string, w *onnxgraph.Weight, x part) string {
	if size, factor := differs(got, want); factor != 1 || math.IsNaN(size) || math.IsInf(size, 0) {
		return difference(got, want)
	}
	if other := p.exchanged(got, want, name, w, x); other != "" {
		return other
	}
	return difference(got, want)
}

// difference is how without comparing with other weights.
func difference(got, want []float32) string {
	size, factor := differs(got, want)
	switch {
	case math.IsNaN(size) || math.IsInf(size, 0):
		return "holds values that are infinite or no numbers"
	case factor != 1:
		return fmt.Sprintf("%.4g times the reference's", factor)
	}
	return fmt.Sprintf("differs by %.2g of its size", size)
}

// differs is how far a weight is from another, as a share of its size. factor is the ratio between them,
// or 1 when a ratio does not explain the difference.
func differs(got, want []float32) (size, factor float64) {
	var gw, ww, gg, dd float64
	for i, v := range want {
		g := float64(got[i])
		gw, ww, gg = gw+g*float64(v), ww+float64(v)*float64(v), gg+g*g
		dd += (g - float64(v)) * (g - float64(v))
	}
	if ww > 0 && gg > 0 {
		c := gw / ww
		left := gg - c*gw // what the factor does not explain, such as 8-bit rounding
		if left <= 1e-3*gg && (c-1)*(c-1)*ww > left && math.Abs(c-1) > 1e-4 {
			return math.Sqrt(dd / ww), c
		}
	}
	return math.Sqrt(dd / max(ww, 1e-30)), 1
}

// exchanged tells whether the differing columns are those of another weight of the block.
func (p *pair) exchanged(got, want []float32, name string, w *onnxgraph.Weight, x part) string {
	columns := int(w.Dims[len(w.Dims)-1])
	first, last := columns, -1
	same := func(a, b []float32, c int) bool {
		for i := c; i < len(a); i += columns {
			if math.Abs(float64(a[i]-b[i])) > 0.02*math.Abs(float64(b[i]))+1e-3 {
				return false
			}
		}
		return true
	}
	for c := range columns {
		if !same(got, want, c) {
			first, last = min(first, c), c
		}
	}
	for _, n := range x.nodes {
		for _, o := range p.r.weights(n) {
			v := resolve(p.r.graph, o)
			if o == name || !slices.Equal(v.Dims, w.Dims) || last < first {
				continue
			}
			other, err := p.r.graph.Values(v)
			if err != nil {
				continue
			}
			all := true
			for c := first; c <= last && all; c++ {
				all = same(got, other, c)
			}
			if all {
				return fmt.Sprintf("columns %d to %d are the reference's %s", first, last, p.short(o, x))
			}
		}
	}
	return ""
}
