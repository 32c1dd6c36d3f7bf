package blocks

import (
	"context"
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
	"github.com/fastclip/fastclip/encoders/ort"
)

// graphStack is a graph as a stack. Its layers are the blocks that hand on a single tensor.
type graphStack struct {
	*side
	items  []map[string]ort.Tensor
	layers []Layer
	outs   map[string]string // output tensor of each layer
	key    string            // key of the open session
	probe  *ort.Probe
}

// NewStack makes a stack from a tower and its inputs for items.
func NewStack(t Tower, items []map[string]ort.Tensor) (Stack, error) {
	s, err := newSide(t)
	if err != nil {
		return nil, err
	}
	g := &graphStack{side: s, items: items, outs: map[string]string{}}
	flows := dynamic(s.split)
	for _, b := range s.blocks {
		var outs []string
		for _, t := range b.outputs {
			if flows[t] && t != s.output {
				outs = append(outs, t)
			}
		}
		if len(outs) == 1 {
			g.outs[Out(b.Name)] = g.unpicked(outs[0])
			g.layers = append(g.layers, Layer{Name: b.Name, Dtype: s.factsOf(b.nodes).precision, Leaf: true})
		}
	}
	return g, nil
}

// unpicked is a tensor before a block's last operators pick a part of it, such as the pooled token. Layers
// of other runtimes return the whole tensor.
func (g *graphStack) unpicked(tensor string) string {
	for {
		n := g.graph.Maker(tensor)
		if n == nil || !picks[n.Op] || len(n.Inputs) == 0 || g.of[n.Inputs[0]] != g.of[tensor] || !onnxgraph.Floating(g.types[n.Inputs[0]]) {
			return tensor
		}
		tensor = n.Inputs[0]
	}
}

// picks are operators that return a part of their input.
var picks = map[string]bool{"Gather": true, "GatherND": true, "GatherElements": true, "Slice": true, "Squeeze": true, "Identity": true, "Flatten": true}

func (g *graphStack) Layers() []Layer { return g.layers }

func (g *graphStack) Close() error {
	if g.probe == nil {
		return nil
	}
	err := g.probe.Close()
	g.probe = nil
	return err
}

func (g *graphStack) Run(ctx context.Context, item int, put map[string]ort.Tensor, want []string) (map[string]ort.Tensor, error) {
	tensor := func(name string) (string, error) {
		if name == Embeds {
			return g.output, nil
		}
		if t := g.outs[name]; t != "" {
			return t, nil
		}
		return "", fmt.Errorf("the graph has no tensor %s", name)
	}
	fed, stops, wanted := map[string]ort.Tensor{}, map[string]bool{}, map[string]bool{}
	for name, x := range put {
		t, err := tensor(name)
		if err != nil {
			return nil, err
		}
		fed[t], stops[t] = x, true
	}
	for _, name := range want {
		t, err := tensor(name)
		if err != nil {
			return nil, err
		}
		wanted[t] = true
	}
	key := strings.Join(sorted(stops), " ") + "|" + strings.Join(sorted(wanted), " ")
	if key != g.key || g.probe == nil {
		if err := g.Close(); err != nil {
			return nil, err
		}
		b := g.graph.Build()
		if err := b.Add("", sorted(wanted), func(t string) bool { return stops[t] }); err != nil {
			return nil, err
		}
		var err error
		if g.probe, err = g.side.probe(b); err != nil {
			return nil, err
		}
		g.key = key
	}
	got, err := g.run(ctx, g.probe, g.items[item], fed)
	if err != nil {
		return nil, err
	}
	out := map[string]ort.Tensor{}
	for _, name := range want {
		t, _ := tensor(name) // its name was found before
		out[name] = got[onnxgraph.Output("", t)]
	}
	return out, nil
}
