package onnx

import (
	"cmp"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/encoders/onnxfile"
)

// claims compares what the folder's files say with the graphs, which are what runs.
func (e *encoder) claims(m *encoders.Model) {
	graphs := modeldir.Graphs{Size: e.info.ImageSize, Dim: e.info.Dim, Activation: map[string]string{"image": e.image.graph.Activation}, Pooled: e.image.pool != "" || e.image.layers != nil}
	limits := []int{e.text.lengthOf()}
	if e.text != nil {
		graphs.Activation["text"], graphs.Context = e.text.graph.Activation, e.text.length
	}
	if m.Dir() != "" { // the built-in models' tables are clipped on purpose
		limits = append(limits, e.text.positions())
		graphs.Context = cmp.Or(graphs.Context, e.text.positions())
	}
	e.info.Faults = e.info.Inputs.Folder.Against(graphs)
	for _, t := range e.towers() {
		e.info.Faults = append(e.info.Faults, onnxfile.Mislabelled(e.spec.Precision, t.name, t.graph.Weights)...)
	}
	for _, n := range limits {
		if in := &e.info.Inputs; n > 1 && (in.Context == 0 || n < in.Context) {
			in.Context = n
		}
	}
}

// lengthOf is the length of a row that the graph insists on, or 0.
func (t *tower) lengthOf() int {
	if t == nil {
		return 0
	}
	return t.length
}

func (t *tower) positions() int {
	if t == nil {
		return 0
	}
	return t.graph.Positions
}
