package remote

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/encoders/onnxfile"
)

// graph holds facts of a tower's ONNX file for the adapter that runs it.
type graph struct {
	Facts  onnxfile.Facts
	Length int    // the fixed length of a row of ids, or 0
	Why    string // why adapters cannot feed it or read its output; "" if they can
}

// towerOutputs are the names of embeddings in files with several outputs.
var towerOutputs = [2]string{"image_embeds", "text_embeds"} // as in onnxserve.py

// readGraphs reads the towers' files once per content. kept has the results of earlier runs; it may be nil.
func (p *pythonModel) readGraphs(kept encoders.Kept) error {
	for i, file := range p.files {
		key := fmt.Sprintf("graph for adapters 1/%s/%s", towerOutputs[i], p.hash[i])
		if kept != nil {
			if data, ok := kept.Get(key); ok && json.Unmarshal(data, &p.graphs[i]) == nil {
				continue
			}
		}
		data, _, err := p.Read(file)
		if err != nil {
			return err
		}
		f, err := onnxfile.Parse(data)
		if err != nil {
			continue // the runtime gives a better error
		}
		g := graph{Facts: f.Facts(), Why: unfit(f, i == 1)}
		if i == 1 && g.Why == "" {
			g.Length = int(max(f.Inputs[0].Dims[1].Size, 0))
		}
		if p.graphs[i] = g; kept == nil {
			continue
		}
		if data, err = json.Marshal(g); err == nil {
			err = kept.Put(key, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unfit says why an adapter cannot run a tower, or "". Adapters feed float pixels [N,3,S,S], or ids and a mask, and read one vector per item.
func unfit(f *onnxfile.File, text bool) string {
	in := f.Inputs
	channels := func(d onnxfile.Dim) bool { return d.Dynamic() || d.Size == 3 }
	switch {
	case text && (len(in) == 0 || len(in[0].Dims) != 2 || !slices.Contains([]string{"int64", "int32"}, in[0].Type) || len(in) > 2 || len(in) == 2 && in[1].Name != "attention_mask"):
		return fmt.Sprintf("its inputs are %s: want ids [N,L] and at most an attention_mask", clip(fmt.Sprint(in)))
	case !text && (len(in) != 1 || len(in[0].Dims) != 4 || !channels(in[0].Dims[1]) || !slices.Contains([]string{"float32", "float16"}, in[0].Type)):
		return fmt.Sprintf("its inputs are %s: want float pixels [N,3,S,S]", clip(fmt.Sprint(in)))
	}
	name, rows := towerOutputs[0], 0
	if text {
		name = towerOutputs[1]
	}
	for _, o := range f.Outputs {
		if o.Name == name && len(o.Dims) == 2 {
			return ""
		}
		if len(o.Dims) == 2 {
			rows++
		}
	}
	if rows != 1 {
		return fmt.Sprintf("its outputs are %s: want %s [N,D], or only one output of that shape", clip(fmt.Sprint(f.Outputs)), name)
	}
	return ""
}

// fits refuses towers that the adapter cannot run, and limits the length of texts to the text tower's.
func (p *pythonModel) fits(spec encoders.Spec) error {
	for i, g := range p.graphs {
		if g.Why != "" {
			return fmt.Errorf("runtime %s: model %s, %s: %s; runtime onnxruntime may support it", spec.Runtime, p.Name, p.files[i], g.Why)
		}
	}
	limits := []int{p.graphs[1].Length}
	if p.Dir() != "" { // the built-in models' tables are clipped on purpose
		limits = append(limits, p.graphs[1].Facts.Positions)
	}
	for _, n := range limits {
		if n > 1 && (p.inputs.Context == 0 || n < p.inputs.Context) {
			p.inputs.Context = n
		}
	}
	return nil
}

// faults returns contradictions between the folder's files and the graphs, and between those and the suite.
func (p *pythonModel) faults(spec encoders.Spec, info encoders.Info) []string {
	is := modeldir.Graphs{Size: info.ImageSize, Dim: info.Dim, Activation: map[string]string{"image": p.graphs[0].Facts.Activation, "text": p.graphs[1].Facts.Activation}}
	if p.Dir() != "" {
		is.Context = cmp.Or(p.graphs[1].Length, p.graphs[1].Facts.Positions)
	}
	out := p.inputs.Folder.Against(is)
	for i, tower := range []string{"image", "text"} {
		out = append(out, onnxfile.Mislabelled(spec.Precision, tower, p.graphs[i].Facts.Weights)...)
	}
	return out
}
