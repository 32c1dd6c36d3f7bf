package onnxgraph

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxwire"
)

// FoldFactors saves multiplications by factors, which are weights whose names end in suffix. Where all readers of
// a layer normalization multiply its result by the same factor, its own scale and bias take the factor over. It
// then writes what the first multiplication wrote, because the tensor that it wrote before had other values.
func (g *Graph) FoldFactors(suffix string) error {
	readers, to, gone := map[string][]*Node{}, map[string]string{}, map[*Node]bool{}
	for _, n := range g.Nodes {
		for _, in := range n.Inputs {
			readers[in] = append(readers[in], n)
		}
	}
	for at, n := range g.Nodes {
		if n.Op != "LayerNormalization" {
			continue
		}
		products, factor := g.factored(n.Outputs[0], suffix, readers)
		if factor == nil {
			continue
		}
		folded := *n // the operator may be part of another graph too
		folded.Inputs, folded.Outputs = slices.Clone(n.Inputs), slices.Clone(n.Outputs)
		fits, err := g.take(&folded, factor)
		if err != nil {
			return err
		}
		if !fits {
			continue
		}
		folded.Outputs[0] = products[0].Outputs[0]
		g.Nodes[at] = &folded
		for _, p := range products {
			to[p.Outputs[0]], gone[p] = folded.Outputs[0], true
		}
	}
	nodes := g.Nodes
	g.Nodes, g.made = nil, map[string]*Node{}
	for _, n := range nodes {
		if gone[n] {
			continue
		}
		reading := *n
		reading.Inputs = slices.Clone(n.Inputs)
		for i, in := range reading.Inputs {
			if t := to[in]; t != "" {
				reading.Inputs[i] = t
			}
		}
		g.add(&reading)
	}
	g.prune()
	return nil
}

// take multiplies an operator's weights by a factor, when they are of its shape.
func (g *Graph) take(n *Node, factor *Weight) (bool, error) {
	for i := 1; i < len(n.Inputs); i++ {
		w := g.weight(n.Inputs[i])
		if w == nil || w.Type != Float32 || factor.Type != Float32 || !slices.Equal(w.Dims, factor.Dims) {
			return false, nil
		}
		folded, err := g.product(w, factor)
		if err != nil {
			return false, err
		}
		g.SetWeight(folded)
		n.Inputs[i] = folded.Name
	}
	return len(n.Inputs) > 1, nil
}

// factored has the multiplications that read a tensor, and their factor. The factor is nil when something else
// reads the tensor too.
func (g *Graph) factored(tensor, suffix string, readers map[string][]*Node) (products []*Node, factor *Weight) {
	if slices.ContainsFunc(g.Outputs, func(p Port) bool { return p.Name == tensor }) {
		return nil, nil
	}
	for _, n := range readers[tensor] {
		found, own := []*Node{n}, (*Weight)(nil)
		switch n.Op {
		case "Cast":
			if n.Attributes["to"].Int == Float32 {
				found, own = g.factored(n.Outputs[0], suffix, readers)
			}
		case "Mul":
			for _, in := range n.Inputs {
				if w := g.Weights[in]; w != nil && strings.HasSuffix(strings.TrimRight(in, "'"), suffix) {
					own = w
				}
			}
		}
		if own == nil || factor != nil && factor != own {
			return nil, nil
		}
		products, factor = append(products, found...), own
	}
	return products, factor
}

// weight is the weight behind a name and the Identity operators that rename it, or nil.
func (g *Graph) weight(name string) *Weight {
	for range 8 {
		n := g.made[name]
		if w := g.Weights[name]; w != nil || n == nil || n.Op != "Identity" || len(n.Inputs) != 1 {
			return w
		}
		name = n.Inputs[0]
	}
	return nil
}

// product is a new weight of float32 that holds the products of two weights' values.
func (g *Graph) product(w, factor *Weight) (*Weight, error) {
	a, err := g.Values(w)
	if err != nil {
		return nil, err
	}
	b, err := g.Values(factor)
	if err != nil {
		return nil, err
	}
	var values, message []byte
	for i := range a {
		values = binary.LittleEndian.AppendUint32(values, math.Float32bits(a[i]*b[i]))
	}
	for _, d := range w.Dims {
		message = onnxwire.Integer(message, 1, d)
	}
	message = onnxwire.Text(onnxwire.Integer(message, 2, Float32), 8, w.Name+"*"+factor.Name)
	return readWeight(onnxwire.Message(message, 9, values))
}
