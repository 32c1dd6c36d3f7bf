package blocks

import (
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
)

// byPlace follows both graphs from their inputs. When nodes have the same operator and their inputs
// correspond, their outputs correspond.
func (m *matching) byPlace(r, v *split) []string {
	partner := map[string]string{}
	for i, p := range r.graph.Inputs {
		if i < len(v.graph.Inputs) {
			partner[p.Name] = v.graph.Inputs[i].Name
		}
	}
	for a, b := range m.to {
		partner[a] = b
	}
	readers := map[string][]*onnxgraph.Node{}
	for _, n := range v.graph.Nodes {
		if !v.lives(n) {
			continue
		}
		for _, in := range n.Inputs {
			readers[in] = append(readers[in], n)
		}
	}
	used := map[*onnxgraph.Node]bool{}
	for _, n := range v.graph.Nodes {
		for _, t := range n.Outputs {
			used[n] = used[n] || m.from[t] != ""
		}
	}
	var found []string
	for _, n := range r.graph.Nodes {
		if !r.lives(n) || len(n.Outputs) == 0 || partner[n.Outputs[0]] != "" || len(n.Inputs) == 0 {
			continue
		}
		for _, o := range readers[firstPartner(n, partner)] {
			if used[o] || o.Op != n.Op || isFolded(o) || len(o.Inputs) != len(n.Inputs) || len(o.Outputs) < 1 || !alike(r, v, n, o, partner) {
				continue
			}
			used[o] = true
			for i := range min(len(n.Outputs), len(o.Outputs)) {
				a, b := n.Outputs[i], o.Outputs[i]
				if a == "" || b == "" || partner[a] != "" || m.from[b] != "" {
					continue
				}
				partner[a] = b
				if m.join(a, b) {
					found = append(found, a)
				}
			}
			break
		}
	}
	return found
}

// isFolded tells whether a layer normalization has taken factors over, so that its result has other values.
func isFolded(n *onnxgraph.Node) bool {
	return n.Op == "LayerNormalization" && strings.HasSuffix(n.Outputs[0], evenSuffix)
}

func firstPartner(n *onnxgraph.Node, partner map[string]string) string {
	for _, in := range n.Inputs {
		if p := partner[in]; p != "" {
			return p
		}
	}
	return ""
}

// alike tells whether the inputs of two nodes correspond. They do when they are partners, or weights of
// the same shape.
func alike(r, v *split, n, o *onnxgraph.Node, partner map[string]string) bool {
	for i, in := range n.Inputs {
		a, b := resolve(r.graph, in), resolve(v.graph, o.Inputs[i])
		switch {
		case in == "" && o.Inputs[i] == "":
		case a != nil && b != nil && slices.Equal(a.Dims, b.Dims):
		case partner[in] != "" && partner[in] == o.Inputs[i]:
		default:
			return false
		}
	}
	return true
}
