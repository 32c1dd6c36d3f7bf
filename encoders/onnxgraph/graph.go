// Package onnxgraph splits an ONNX file into nodes and weights, and makes files from parts of it. Field numbers
// are those of onnx.proto (ONNX 1.23).
package onnxgraph

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxwire"
)

// Graph is a model. Each node comes after the nodes whose results it reads.
type Graph struct {
	Nodes   []*Node
	Weights map[string]*Weight // initializers
	Inputs  []Port             // without the initializers that old files list among them
	Outputs []Port
	Folder  string // of weights in other files; "" of a model in memory

	order []string // of the weights
	head  []byte   // fields of the model besides the graph
	made  map[string]*Node
}

// Port is an input or output with its shape, as the file has it.
type Port struct {
	Name string
	Type int64 // of its values; 0 where the file does not say
	raw  []byte
}

// Node is an operator of the graph.
type Node struct {
	Op, Domain, Name string
	Inputs, Outputs  []string
	Attributes       map[string]Attribute
	rest             []byte // its other fields, as they are
}

// Attribute is the value of an attribute, of the kinds that are used here.
type Attribute struct {
	Float  float32
	Int    int64
	Text   string
	Weight *Weight
	nested bool
}

// Nested tells whether the node contains graphs (If, Loop, Scan).
func (n *Node) Nested() bool {
	for _, a := range n.Attributes {
		if a.nested {
			return true
		}
	}
	return false
}

// Maker is the node that writes a tensor, or nil.
func (g *Graph) Maker(tensor string) *Node { return g.made[tensor] }

// Parse reads a model; its weights share the memory of data.
func Parse(data []byte) (*Graph, error) {
	g := &Graph{Weights: map[string]*Weight{}, made: map[string]*Node{}}
	found := false
	err := onnxwire.Fields(data, func(v onnxwire.Field) error {
		if v.Number != 7 {
			g.head = v.Append(g.head)
			return nil
		}
		found = true
		return g.read(v.Bytes)
	})
	if err == nil && !found {
		err = errors.New("it holds no graph")
	}
	if err == nil {
		err = g.sort()
	}
	if err != nil {
		return nil, fmt.Errorf("read onnx graph: %w", err)
	}
	return g, nil
}

// sort puts each node behind what it reads; those of a file that is in order stay where they are.
func (g *Graph) sort() error {
	sorted, state := make([]*Node, 0, len(g.Nodes)), map[*Node]int{} // 1: begun, 2: placed
	type frame struct {
		n  *Node
		at int
	}
	for _, first := range g.Nodes {
		todo := []frame{{first, 0}}
		for len(todo) > 0 {
			f := &todo[len(todo)-1]
			if f.at == 0 && state[f.n] != 0 {
				if state[f.n] == 1 {
					return fmt.Errorf("operator %s %s reads what is computed from it", f.n.Op, f.n.Name)
				}
				todo = todo[:len(todo)-1]
				continue
			}
			state[f.n] = 1
			if f.at == len(f.n.Inputs) {
				state[f.n], sorted, todo = 2, append(sorted, f.n), todo[:len(todo)-1]
				continue
			}
			in := f.n.Inputs[f.at]
			f.at++
			if m := g.made[in]; m != nil && state[m] != 2 {
				todo = append(todo, frame{m, 0})
			}
		}
	}
	g.Nodes = sorted
	return nil
}

func (g *Graph) read(data []byte) error {
	err := onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch v.Number {
		case 1:
			n, err := readNode(v.Bytes)
			if err != nil {
				return err
			}
			g.add(n)
		case 5:
			w, err := readWeight(v.Bytes)
			if err != nil {
				return err
			}
			g.Weights[w.Name] = w
			g.order = append(g.order, w.Name)
		case 11, 12:
			p, err := readPort(v.Bytes)
			if err != nil {
				return err
			}
			if v.Number == 11 {
				g.Inputs = append(g.Inputs, p)
			} else {
				g.Outputs = append(g.Outputs, p)
			}
		case 15:
			return errors.New("its weights are sparse, which is not supported here")
		}
		return nil
	})
	kept := g.Inputs[:0]
	for _, p := range g.Inputs {
		if g.Weights[p.Name] == nil {
			kept = append(kept, p)
		}
	}
	g.Inputs = kept
	return err
}

func (g *Graph) add(n *Node) {
	g.Nodes = append(g.Nodes, n)
	for _, name := range n.Outputs {
		if name != "" {
			g.made[name] = n
		}
	}
	if a := n.Attributes["value"]; n.Op == "Constant" && a.Weight != nil && len(n.Outputs) == 1 {
		w := *a.Weight
		w.Name = n.Outputs[0]
		w.constant = true
		g.Weights[w.Name] = &w
	}
}

func readNode(data []byte) (*Node, error) {
	n := &Node{Attributes: map[string]Attribute{}}
	err := onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch v.Number {
		case 1:
			n.Inputs = append(n.Inputs, string(v.Bytes))
			return nil
		case 2:
			n.Outputs = append(n.Outputs, string(v.Bytes))
			return nil
		case 3:
			n.Name = string(v.Bytes)
			return nil
		case 4:
			n.Op = string(v.Bytes)
		case 5:
			name, a, err := readAttribute(v.Bytes)
			if err != nil {
				return err
			}
			n.Attributes[name] = a
		case 7:
			if n.Domain = string(v.Bytes); n.Domain == "ai.onnx" {
				n.Domain = ""
			}
		}
		n.rest = v.Append(n.rest)
		return nil
	})
	return n, err
}

func readAttribute(data []byte) (name string, a Attribute, err error) {
	err = onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch v.Number {
		case 1:
			name = string(v.Bytes)
		case 2:
			a.Float = v.Float()
		case 3:
			a.Int = int64(v.Varint)
		case 4:
			a.Text = string(v.Bytes)
		case 5:
			w, err := readWeight(v.Bytes)
			a.Weight = w
			return err
		case 6, 11:
			a.nested = a.nested || v.Kind == protowire.BytesType
		}
		return nil
	})
	return name, a, err
}

func readPort(data []byte) (p Port, err error) {
	p.raw = data
	p.Name, err = onnxwire.ValueInfo(data, func(v onnxwire.Field) error {
		if v.Number == 1 {
			p.Type = int64(v.Varint)
		}
		return nil
	})
	return p, err
}
