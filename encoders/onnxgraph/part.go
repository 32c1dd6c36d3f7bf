package onnxgraph

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxwire"
)

// Builder collects nodes of a graph for a separate model.
type Builder struct {
	from    *Graph
	types   map[string]int64
	nodes   []*Node
	weights map[string]*Weight
	inputs  []Port
	outputs []string
	fed     map[string]bool
}

// Build begins a model that is made of parts of g.
func (g *Graph) Build() *Builder {
	return &Builder{from: g, types: g.Types(), weights: map[string]*Weight{}, fed: map[string]bool{}}
}

// fedPrefix is the prefix of inputs that stand for tensors of the graph.
const fedPrefix = "fed/"

// Fed is the name of the input that replaces a tensor.
func Fed(tensor string) string { return fedPrefix + tensor }

// Frontier walks from tensors back to what they are computed from, and returns in order the tensors at which it
// stops: those for which stop is true, apart from the first ones. Inputs of the graph are not included.
func (g *Graph) Frontier(tensors []string, stop func(string) bool) []string {
	seen, out := map[string]bool{}, map[string]bool{}
	g.walk(tensors, stop, seen, out)
	return slices.Sorted(maps.Keys(out))
}

// walk marks in seen the tensors that are computed on the way, and in out those at which it stopped.
func (g *Graph) walk(tensors []string, stop func(string) bool, seen, out map[string]bool) {
	todo := slices.Clone(tensors)
	for _, t := range tensors {
		seen[t] = true
	}
	for len(todo) > 0 {
		n := g.made[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		if n == nil {
			continue
		}
		for _, in := range n.Inputs {
			switch {
			case in == "" || seen[in] || out[in]:
			case stop(in) && g.made[in] != nil:
				out[in] = true
			default:
				seen[in] = true
				todo = append(todo, in)
			}
		}
	}
}

// Add adds everything that the tensors are computed from, back to where stop is true. Names of the added nodes begin with prefix. Where the walk stops, the
// model gets a float32 input (see Fed). The outputs are the tensors as float32, named prefix plus the tensor's name.
func (b *Builder) Add(prefix string, tensors []string, stop func(string) bool) error {
	seen, out := map[string]bool{}, map[string]bool{}
	b.from.walk(tensors, stop, seen, out)
	graphInput := map[string]bool{}
	for _, p := range b.from.Inputs {
		graphInput[p.Name] = true
	}
	name := func(t string) string {
		switch {
		case t == "":
			return ""
		case out[t]:
			return prefix + "as-fed/" + t
		case graphInput[t], b.weights[t] != nil && !b.weights[t].constant:
			return t
		}
		return prefix + t
	}
	for _, t := range slices.Sorted(maps.Keys(out)) {
		b.feed(t)
		b.cast(Fed(t), name(t), b.types[t])
	}
	for _, n := range b.from.Nodes {
		if !slices.ContainsFunc(n.Outputs, func(t string) bool { return seen[t] }) {
			continue
		}
		if n.Nested() {
			return fmt.Errorf("operator %s %s contains graphs, which fastclip cannot split", n.Op, n.Name)
		}
		m := &Node{Op: n.Op, Domain: n.Domain, Attributes: n.Attributes, rest: n.rest}
		for _, in := range n.Inputs {
			if w := b.from.Weights[in]; w != nil && !w.constant {
				b.weights[in] = w
			}
			m.Inputs = append(m.Inputs, name(in))
		}
		for _, t := range n.Outputs {
			switch {
			case t == "":
				m.Outputs = append(m.Outputs, "")
			case out[t]: // it is an input, but something else computes it too
				m.Outputs = append(m.Outputs, prefix+"computed/"+t)
			default:
				m.Outputs = append(m.Outputs, prefix+t)
			}
		}
		b.nodes = append(b.nodes, m)
	}
	for _, t := range tensors {
		b.cast(name(t), prefix+"as-float/"+t, Float32)
		b.outputs = append(b.outputs, prefix+"as-float/"+t)
	}
	return nil
}

// Output is the name of the output that Add makes for a tensor.
func Output(prefix, tensor string) string { return prefix + "as-float/" + tensor }

func (b *Builder) feed(t string) {
	if b.fed[t] {
		return
	}
	b.fed[t] = true
	b.inputs = append(b.inputs, Port{Name: Fed(t), Type: Float32, raw: port(Fed(t), Float32)})
}

// cast adds a Cast. If the tensor already has that type, ONNX Runtime removes the node again.
func (b *Builder) cast(from, to string, kind int64) {
	b.nodes = append(b.nodes, NewNode("Cast", []string{from}, []string{to}, map[string]any{"to": kind}))
}

// NewNode is an operator of the standard ONNX set. Attributes are int64 or float32.
func NewNode(op string, inputs, outputs []string, attributes map[string]any) *Node {
	n := &Node{Op: op, Inputs: inputs, Outputs: outputs, Attributes: map[string]Attribute{}, rest: onnxwire.Text(nil, 4, op)}
	for _, k := range slices.Sorted(maps.Keys(attributes)) {
		body := onnxwire.Text(nil, 1, k)
		switch v := attributes[k].(type) {
		case int64:
			n.Attributes[k] = Attribute{Int: v}
			body = onnxwire.Integer(onnxwire.Integer(body, 3, v), 20, 2)
		case float32:
			n.Attributes[k] = Attribute{Float: v}
			body = onnxwire.Integer(protowire.AppendFixed32(protowire.AppendTag(body, 2, protowire.Fixed32Type), math.Float32bits(v)), 20, 1)
		}
		n.rest = onnxwire.Message(n.rest, 5, body)
	}
	return n
}

// port encodes a ValueInfoProto with a type and no shape.
func port(name string, kind int64) []byte {
	return onnxwire.Message(onnxwire.Text(nil, 1, name), 2, onnxwire.Message(nil, 1, onnxwire.Integer(nil, 1, kind)))
}

// Graph returns the collected model. Inputs of the original graph are kept if a node reads them.
func (b *Builder) Graph() *Graph {
	out := &Graph{Weights: map[string]*Weight{}, made: map[string]*Node{}, Folder: b.from.Folder, head: b.from.head}
	for _, n := range b.nodes {
		out.add(n)
	}
	read := map[string]bool{}
	for _, n := range out.Nodes {
		for _, in := range n.Inputs {
			read[in] = true
		}
	}
	for _, p := range b.from.Inputs {
		if read[p.Name] {
			out.Inputs = append(out.Inputs, p)
		}
	}
	out.Inputs = append(out.Inputs, b.inputs...)
	for _, name := range slices.Sorted(maps.Keys(b.weights)) {
		out.Weights[name] = b.weights[name]
		out.order = append(out.order, name)
	}
	for _, name := range b.outputs {
		out.Outputs = append(out.Outputs, Port{Name: name, Type: Float32, raw: port(name, Float32)})
	}
	return out
}

// Computed returns the tensors on the way from the given ones back to where stop is true.
func (g *Graph) Computed(tensors []string, stop func(string) bool) map[string]bool {
	seen := map[string]bool{}
	g.walk(tensors, stop, seen, map[string]bool{})
	return seen
}
