// Package blocks finds the blocks in a tower's graph, and the place where two graphs of one architecture
// part. For each block it tells how far its tensors drift, how much the block itself adds, and why.
package blocks

import (
	"strings"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
)

// Block is a part of a graph: a numbered layer with everything in it, or the operators that belong to one weight
// outside of the layers.
type Block struct {
	Name    string   // the common prefix of its initialisers
	Op      string   // its operator, if it is the only one with weights
	outputs []string // floating-point tensors that later blocks read, or the graph's output

	nodes []*onnxgraph.Node
}

// split is a graph divided into blocks.
type split struct {
	graph  *onnxgraph.Graph
	output string
	types  map[string]int64
	blocks []*Block
	of     map[string]int // the block of each tensor that a node computes
	live   map[string]bool
}

// newSplit divides the nodes that compute an output into blocks, in order.
func newSplit(g *onnxgraph.Graph, output string) *split {
	s := &split{graph: g, output: output, types: g.Types(), of: map[string]int{}, live: needed(g, output)}
	s.blocks = []*Block{{Name: "input"}}
	index, prefixes := map[string]int{"": 0}, map[int][]string{}
	for _, n := range g.Nodes {
		if !s.lives(n) || n.Op == "Constant" || s.alias(n) {
			continue
		}
		key, names := s.label(n)
		at, known := index[key]
		if key == "" {
			for _, in := range n.Inputs {
				at = max(at, s.of[in])
			}
		} else if !known {
			at = len(s.blocks)
			index[key] = at
			s.blocks = append(s.blocks, &Block{Name: key})
		}
		prefixes[at] = append(prefixes[at], names...)
		b := s.blocks[at]
		b.nodes = append(b.nodes, n)
		for _, out := range n.Outputs {
			s.of[out] = at
		}
	}
	for i, b := range s.blocks {
		b.name(prefixes[i])
		weighted := 0
		for _, n := range b.nodes {
			if len(s.weights(n)) > 0 {
				weighted, b.Op = weighted+1, n.Op
			}
		}
		if weighted != 1 {
			b.Op = ""
		}
	}
	s.crossings()
	return s
}

// needed has the tensors from which an output is computed.
func needed(g *onnxgraph.Graph, output string) map[string]bool {
	out, todo := map[string]bool{output: true}, []string{output}
	for len(todo) > 0 {
		n := g.Maker(todo[len(todo)-1])
		todo = todo[:len(todo)-1]
		if n == nil {
			continue
		}
		for _, in := range n.Inputs {
			if in != "" && !out[in] {
				out[in] = true
				todo = append(todo, in)
			}
		}
	}
	return out
}

func (s *split) lives(n *onnxgraph.Node) bool {
	for _, out := range n.Outputs {
		if s.live[out] {
			return true
		}
	}
	return false
}

// alias tells whether a node only renames a weight, as exporters do for equal weights.
func (s *split) alias(n *onnxgraph.Node) bool {
	return n.Op == "Identity" && len(n.Inputs) == 1 && resolve(s.graph, n.Inputs[0]) != nil
}

// resolve is the weight behind a name, or nil.
func resolve(g *onnxgraph.Graph, name string) *onnxgraph.Weight {
	for range 8 {
		if w := g.Weights[name]; w != nil {
			return w
		}
		n := g.Maker(name)
		if n == nil || n.Op != "Identity" || len(n.Inputs) != 1 {
			return nil
		}
		name = n.Inputs[0]
	}
	return nil
}

// weights are the inputs of a node that are weights with more than one value.
func (s *split) weights(n *onnxgraph.Node) []string {
	var out []string
	for _, in := range n.Inputs {
		if w := resolve(s.graph, in); w != nil && w.Size() > 1 && (onnxgraph.Floating(w.Type) || w.Type == onnxgraph.Int8 || w.Type == onnxgraph.Uint8) {
			out = append(out, in)
		}
	}
	return out
}

// label returns the name of a node's block, and the weights that gave it. The name is the number in the node's own name, or else the number in its weights'
// names, or else the name of a weight without a number.
func (s *split) label(n *onnxgraph.Node) (key string, names []string) {
	names = s.weights(n)
	for _, name := range append([]string{n.Name}, names...) {
		if key, _ := numbered(name); key != "" {
			return key, names
		}
	}
	for _, name := range names {
		if stem := stem(name); stem != "" {
			return stem, names
		}
	}
	return "", names
}

// numbered finds the first number in a path of names, and the path up to it. An example is resblocks.3 in
// visual.transformer.resblocks.3.ln_1.weight.
func numbered(name string) (key, prefix string) {
	from := 0
	last := ""
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '.' && name[i] != '/' {
			continue
		}
		part := name[from:i]
		if last != "" && part != "" && strings.Trim(part, "0123456789") == "" {
			return last + "." + part, name[:i]
		}
		last, from = part, i+1
	}
	return "", ""
}

// stem is a weight's name without its kind. It is "" for a name that an exporter has numbered.
func stem(name string) string {
	if strings.Contains(name, "::") || strings.Trim(name, "0123456789") == "" || strings.Contains(name, "Constant") {
		return ""
	}
	for _, kind := range []string{".weight", ".bias"} {
		name = strings.TrimSuffix(name, kind)
	}
	return strings.TrimSuffix(strings.TrimSuffix(name, "_quantized"), ".weight")
}

// name names a block by the common part of its weights' names.
func (b *Block) name(weights []string) {
	for _, w := range weights {
		if key, prefix := numbered(w); key == b.Name {
			b.Name = prefix
			return
		}
	}
}

// crossings finds the tensors that each block hands on.
func (s *split) crossings() {
	crosses := map[string]bool{s.output: true}
	for i, b := range s.blocks {
		for _, n := range b.nodes {
			for _, in := range n.Inputs {
				if from, ok := s.of[in]; ok && from != i {
					crosses[in] = true
				}
			}
		}
	}
	for i, b := range s.blocks {
		for _, n := range b.nodes {
			for _, out := range n.Outputs {
				if crosses[out] && s.of[out] == i && onnxgraph.Floating(s.types[out]) {
					b.outputs = append(b.outputs, out)
				}
			}
		}
	}
}

// within is the role of a node in its block. It is the rest of its weights' name after the block's name,
// or else its operator.
func (s *split) within(n *onnxgraph.Node) string {
	for _, name := range append(s.weights(n), n.Name) {
		key, prefix := numbered(name)
		if key == "" {
			continue
		}
		rest := strings.Trim(stem(name[len(prefix):]), "./")
		if name == n.Name {
			at := strings.LastIndexByte(rest, '/')
			if at < 0 {
				continue
			}
			rest = rest[:at]
		}
		if rest != "" {
			return strings.ReplaceAll(rest, "/", ".")
		}
	}
	return n.Op
}
