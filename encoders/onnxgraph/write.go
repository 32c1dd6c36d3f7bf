package onnxgraph

import "github.com/fastclip/fastclip/encoders/onnxfile/onnxwire"

// Bytes encodes the model as a file.
func (g *Graph) Bytes() []byte {
	size := len(g.head) + 1<<16
	for _, name := range g.order {
		size += len(g.Weights[name].message) + 16
	}
	body := make([]byte, 0, size)
	for _, n := range g.Nodes {
		body = onnxwire.Message(body, 1, n.bytes())
	}
	body = onnxwire.Text(body, 2, "part")
	for _, name := range g.order {
		body = onnxwire.Message(body, 5, g.Weights[name].message)
	}
	for _, p := range g.Inputs {
		body = onnxwire.Message(body, 11, p.raw)
	}
	for _, p := range g.Outputs {
		body = onnxwire.Message(body, 12, p.raw)
	}
	return onnxwire.Message(append(make([]byte, 0, len(body)+len(g.head)+16), g.head...), 7, body)
}

func (n *Node) bytes() []byte {
	var out []byte
	for _, name := range n.Inputs {
		out = onnxwire.Text(out, 1, name)
	}
	for _, name := range n.Outputs {
		out = onnxwire.Text(out, 2, name)
	}
	if n.Name != "" {
		out = onnxwire.Text(out, 3, n.Name)
	}
	return append(out, n.rest...)
}

// SetWeight replaces a weight, or adds one.
func (g *Graph) SetWeight(w *Weight) {
	if g.Weights[w.Name] == nil {
		g.order = append(g.order, w.Name)
	}
	g.Weights[w.Name] = w
}
