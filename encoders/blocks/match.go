package blocks

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
)

// Matched counts how the tensors of two graphs were matched.
type Matched struct {
	Name, Initialisers, Place int
	Of                        int // number of floating-point tensors of the reference
}

func (m Matched) String() string {
	return fmt.Sprintf("%d of %d tensors: %d by name, %d by initialisers, %d by position", m.Name+m.Initialisers+m.Place, m.Of, m.Name, m.Initialisers, m.Place)
}

// matching says which tensor of a variant corresponds to which tensor of the reference.
type matching struct {
	to, from map[string]string // by the reference's name, and by the variant's
	count    Matched
}

// quantized are 8-bit operators, and others that low precision puts in place of one operator.
var quantized = map[string]bool{
	"MatMulInteger": true, "ConvInteger": true, "DynamicQuantizeLinear": true, "QuantizeLinear": true, "DequantizeLinear": true, "QLinearMatMul": true,
	"QLinearConv": true, "QGemm": true, "DynamicQuantizeMatMul": true, "MatMulIntegerToFloat": true, "QAttention": true, "MatMulNBits": true,
	"QLinearAdd": true, "QLinearSoftmax": true, "QLinearSigmoid": true, "QLinearMul": true,
}

// match pairs the tensors of two graphs. It uses their names first, then the weights that make them, and
// then their position after other tensors.
func match(r, v *split) *matching {
	m := &matching{to: map[string]string{}, from: map[string]string{}}
	flows := dynamic(r)
	float := func(s *split, t string) bool { return onnxgraph.Floating(s.types[t]) }
	for t := range flows {
		if float(r, t) {
			m.count.Of++
		}
	}
	m.join(r.output, v.output)
	for _, by := range []struct {
		joined []string
		count  *int
	}{{m.byName(r, v, flows), &m.count.Name}, {m.byWeights(r, v, flows), &m.count.Initialisers}, {m.byPlace(r, v), &m.count.Place}} {
		for _, t := range by.joined {
			if float(r, t) {
				*by.count++
			}
		}
	}
	if r.output == v.output {
		m.count.Name++
	} else {
		m.count.Place++
	}
	return m
}

func (m *matching) join(a, b string) bool {
	if _, ok := m.to[a]; ok {
		return false
	}
	if _, ok := m.from[b]; ok {
		return false
	}
	m.to[a], m.from[b] = b, a
	return true
}

// dynamic has the tensors that depend on an input of the graph.
func dynamic(s *split) map[string]bool {
	out, inputs := map[string]bool{}, map[string]bool{}
	for _, p := range s.graph.Inputs {
		inputs[p.Name] = true
	}
	for _, n := range s.graph.Nodes {
		if !s.lives(n) || !slices.ContainsFunc(n.Inputs, func(in string) bool { return inputs[in] || out[in] }) {
			continue
		}
		for _, t := range n.Outputs {
			if t != "" && s.live[t] {
				out[t] = true
			}
		}
	}
	return out
}

// byName trusts names only when most tensors that share a name come from the same operator. In a graph
// with other numbering, names would match by chance.
func (m *matching) byName(r, v *split, flows map[string]bool) []string {
	same, all := 0, 0
	var found []string
	for _, n := range r.graph.Nodes {
		for _, t := range n.Outputs {
			other := v.graph.Maker(t)
			if !flows[t] || other == nil || !v.live[t] {
				continue
			}
			all++
			if other.Op == n.Op {
				same++
			}
			if onnxgraph.Floating(r.types[t]) == onnxgraph.Floating(v.types[t]) && !otherWeights(r, v, n, other) {
				found = append(found, t)
			}
		}
	}
	if 2*same < all {
		return nil
	}
	return m.joined(found, func(t string) string { return t })
}

// joined pairs tensors of the reference with the tensors that other names. It returns those that were
// free.
func (m *matching) joined(tensors []string, other func(string) string) []string {
	var out []string
	for _, t := range tensors {
		if m.join(t, other(t)) {
			out = append(out, t)
		}
	}
	return out
}

// otherWeights tells whether two nodes with the same operator have weights of different shapes.
func otherWeights(r, v *split, a, b *onnxgraph.Node) bool {
	if a.Op != b.Op || len(a.Inputs) != len(b.Inputs) {
		return false
	}
	for i := range a.Inputs {
		x, y := resolve(r.graph, a.Inputs[i]), resolve(v.graph, b.Inputs[i])
		if x != nil && y != nil && !slices.Equal(x.Dims, y.Dims) {
			return true
		}
	}
	return false
}

// byWeights pairs the outputs of nodes that have the same operator and the same weights, by name or
// content.
func (m *matching) byWeights(r, v *split, flows map[string]bool) []string {
	open := false
	for t := range flows {
		_, ok := m.to[t]
		open = open || !ok && onnxgraph.Floating(r.types[t])
	}
	if !open {
		return nil
	}
	keys := func(s *split) map[string]*onnxgraph.Node {
		out := map[string]*onnxgraph.Node{}
		for _, n := range s.graph.Nodes {
			if !s.lives(n) || len(n.Outputs) == 0 {
				continue
			}
			for _, name := range s.weights(n) {
				for _, key := range []string{n.Op + " " + name, n.Op + " " + content(s.graph, name)} {
					if _, twice := out[key]; twice {
						out[key] = nil
					} else {
						out[key] = n
					}
				}
			}
		}
		return out
	}
	mine, theirs := keys(r), keys(v)
	pairs := map[string]string{}
	var found []string
	for _, n := range r.graph.Nodes {
		for _, name := range r.weights(n) {
			for _, key := range []string{n.Op + " " + name, n.Op + " " + content(r.graph, name)} {
				if o := theirs[key]; o != nil && mine[key] == n && len(n.Outputs) > 0 && flows[n.Outputs[0]] {
					pairs[n.Outputs[0]] = o.Outputs[0]
					found = append(found, n.Outputs[0])
				}
			}
		}
	}
	return m.joined(found, func(t string) string { return pairs[t] })
}

// content is a key for the values of a weight.
func content(g *onnxgraph.Graph, name string) string {
	w := resolve(g, name)
	values, err := g.Values(w)
	if err != nil {
		return "unread " + name
	}
	h := sha256.New()
	var b [4096]byte
	for from := 0; from < len(values); from += len(b) / 4 {
		h.Write(packed(b[:0], values[from:min(from+len(b)/4, len(values))]))
	}
	return fmt.Sprintf("%v %x", w.Dims, h.Sum(nil)[:16])
}
