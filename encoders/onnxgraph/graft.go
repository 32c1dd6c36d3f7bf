package onnxgraph

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxwire"
)

// Graft replaces a tensor by the one that another graph computes.
type Graft struct {
	Tensor, Theirs string // its name in this graph, and in the other
	Switch         string // name of a float32 input: 0 uses this graph's tensor, 1 the other's; "" means always the other's
}

// Grafted returns g with some tensors computed as in another graph, from the tensors of g that ours names. ours returns "" for a tensor that g does not have.
func (g *Graph) Grafted(other *Graph, grafts []Graft, ours func(theirs string) string) (*Graph, error) {
	out := &Graph{Weights: maps.Clone(g.Weights), order: slices.Clone(g.order), Inputs: slices.Clone(g.Inputs), Outputs: g.Outputs, Folder: g.Folder, head: other.head, made: map[string]*Node{}}
	mine, theirs := g.Types(), other.Types()
	before := map[*Node][]*Node{} // nodes to insert before a node
	gone := map[*Node]bool{}
	for i, x := range grafts {
		maker := g.made[x.Tensor]
		if maker == nil {
			return nil, fmt.Errorf("graft: no operator writes %s", x.Tensor)
		}
		prefix := fmt.Sprintf("graft%d/", i)
		to := x.Tensor
		if x.Switch != "" {
			to = prefix + "chosen"
		}
		nodes, err := out.copied(other, x.Theirs, to, prefix, mine[x.Tensor], func(t string) (string, int64) {
			name := ours(t)
			if t == x.Theirs {
				name = ""
			}
			return name, mine[name]
		}, theirs)
		if err != nil {
			return nil, err
		}
		before[maker] = append(before[maker], nodes...)
		if x.Switch == "" {
			gone[maker] = true
			continue
		}
		gone[maker] = true
		exact := *maker
		exact.Outputs = slices.Clone(maker.Outputs)
		exact.Outputs[slices.Index(exact.Outputs, x.Tensor)] = prefix + "exact"
		out.Inputs = append(out.Inputs, Port{Name: x.Switch, Type: Float32, raw: port(x.Switch, Float32)})
		before[maker] = append(before[maker], &exact,
			NewNode("Cast", []string{x.Switch}, []string{prefix + "switch"}, map[string]any{"to": int64(Bool)}),
			NewNode("Where", []string{prefix + "switch", prefix + "chosen", prefix + "exact"}, []string{x.Tensor}, nil))
	}
	for _, n := range g.Nodes {
		for _, m := range before[n] {
			out.add(m)
		}
		if !gone[n] {
			out.add(n)
		}
	}
	out.prune()
	return out, nil
}

// copied returns the nodes of another graph that compute one of its tensors, starting at the tensors that stop names. Their names begin with prefix. The last
// node writes the tensor to, converted to a type.
func (g *Graph) copied(other *Graph, tensor, to, prefix string, kind int64, stop func(string) (string, int64), types map[string]int64) ([]*Node, error) {
	computed, borders := map[string]bool{}, map[string]bool{}
	other.walk([]string{tensor}, func(t string) bool { name, _ := stop(t); return name != "" }, computed, borders)
	inputs := map[string]bool{}
	for _, p := range other.Inputs {
		inputs[p.Name] = true
	}
	var out []*Node
	name := func(t string) string {
		if t == "" || inputs[t] {
			return t
		}
		return prefix + t
	}
	for _, t := range slices.Sorted(maps.Keys(borders)) {
		own, _ := stop(t)
		out = append(out, NewNode("Cast", []string{own}, []string{prefix + t}, map[string]any{"to": types[t]}))
	}
	for _, n := range other.Nodes {
		if !slices.ContainsFunc(n.Outputs, func(t string) bool { return computed[t] }) {
			continue
		}
		if n.Nested() {
			return nil, fmt.Errorf("operator %s %s contains graphs, which fastclip cannot split", n.Op, n.Name)
		}
		m := &Node{Op: n.Op, Domain: n.Domain, Attributes: n.Attributes, rest: n.rest}
		for _, in := range n.Inputs {
			if w := other.Weights[in]; w != nil && !w.constant {
				m.Inputs = append(m.Inputs, g.adopt(w))
				continue
			}
			m.Inputs = append(m.Inputs, name(in))
		}
		for _, t := range n.Outputs {
			if borders[t] {
				m.Outputs = append(m.Outputs, prefix+"computed/"+t)
				continue
			}
			m.Outputs = append(m.Outputs, name(t))
		}
		out = append(out, m)
	}
	return append(out, NewNode("Cast", []string{prefix + tensor}, []string{to}, map[string]any{"to": kind})), nil
}

// adopt adds a weight of another graph, and returns its name. If another weight has that name, it gets a new one.
func (g *Graph) adopt(w *Weight) string {
	name := w.Name
	for g.Weights[name] != nil && g.Weights[name].message != nil && !Same(g.Weights[name], w) {
		name += "'"
	}
	if g.Weights[name] == nil {
		g.SetWeight(w.named(name))
	}
	return name
}

// named returns the weight under another name.
func (w *Weight) named(name string) *Weight {
	out := *w
	out.Name, out.message = name, nil
	_ = onnxwire.Fields(w.message, func(v onnxwire.Field) error { // it was read before
		if v.Number != 8 {
			out.message = v.Append(out.message)
		}
		return nil
	})
	out.message = onnxwire.Text(out.message, 8, name)
	return &out
}

// prune removes nodes and weights that no output needs.
func (g *Graph) prune() {
	needed := map[string]bool{}
	for _, p := range g.Outputs {
		needed[p.Name] = true
	}
	var kept []*Node
	for _, n := range slices.Backward(g.Nodes) {
		if !slices.ContainsFunc(n.Outputs, func(t string) bool { return needed[t] }) {
			continue
		}
		for _, in := range n.Inputs {
			needed[in] = true
		}
		kept = append(kept, n)
	}
	slices.Reverse(kept)
	g.Nodes = kept
	g.order = slices.DeleteFunc(g.order, func(name string) bool { return !needed[name] })
}
