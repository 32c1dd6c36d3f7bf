package blocks

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
)

// facts describe what a block's operators do, in whatever form they are written.
type facts struct {
	activations []string
	epsilons    []float64
	masked      bool // something is added to the input of a softmax
	softmax     bool // the softmax is visible
	precision   string
}

// Words for the precision of a block.
const (
	precisionInt8 = "int8"
	precisionFP16 = "fp16"
	precisionBF16 = "bf16"
	precisionFP32 = "fp32"
)

// factsOf reads the facts from nodes of a graph.
func (s *split) factsOf(nodes []*onnxgraph.Node) facts {
	var f facts
	ops, scalars := map[string]bool{}, []float64{}
	maskedBy := func(n *onnxgraph.Node) bool {
		for _, in := range n.Inputs {
			m := s.graph.Maker(in)
			for m != nil && m.Op == "Cast" && len(m.Inputs) == 1 {
				m = s.graph.Maker(m.Inputs[0])
			}
			if m != nil && (m.Op == "Add" || m.Op == "Where") {
				return true
			}
		}
		return false
	}
	kinds := map[string]bool{}
	for _, n := range nodes {
		ops[n.Op] = true
		for _, in := range n.Inputs {
			w := resolve(s.graph, in)
			if w == nil || w.Size() != 1 || !onnxgraph.Floating(w.Type) {
				continue
			}
			if v, err := s.graph.Values(w); err == nil {
				scalars = append(scalars, float64(v[0]))
			}
		}
		switch n.Op {
		case "LayerNormalization", "SimplifiedLayerNormalization":
			f.epsilons = append(f.epsilons, epsilon(n, 1e-5))
		case "SkipLayerNormalization", "SkipSimplifiedLayerNormalization", "EmbedLayerNormalization":
			f.epsilons = append(f.epsilons, epsilon(n, 1e-12))
		case "Sqrt":
			if e, ok := s.added(n.Inputs[0]); ok {
				f.epsilons = append(f.epsilons, e)
			}
		case "Softmax":
			f.softmax = true
			f.masked = f.masked || maskedBy(n)
		}
		if quantized[n.Op] {
			kinds[precisionInt8] = true
		}
		for _, t := range slices.Concat(n.Inputs, n.Outputs) {
			switch s.types[t] {
			case onnxgraph.Float16:
				kinds[precisionFP16] = true
			case onnxgraph.BFloat16:
				kinds[precisionBF16] = true
			}
		}
	}
	f.precision = precisionFP32
	for _, k := range []string{precisionInt8, precisionFP16, precisionBF16} {
		if kinds[k] {
			f.precision = k
			break
		}
	}
	near := func(v float64) bool {
		return slices.ContainsFunc(scalars, func(c float64) bool { return math.Abs(c-v) <= v/512 })
	}
	if ops["QuickGelu"] || ops["Sigmoid"] && near(1.702) {
		f.activations = append(f.activations, "QuickGELU")
	}
	if ops["Erf"] || ops["Gelu"] || ops["FastGelu"] || ops["BiasGelu"] || ops["Tanh"] && near(0.044715) {
		f.activations = append(f.activations, "GELU")
	}
	if ops["Relu"] {
		f.activations = append(f.activations, "ReLU")
	}
	return f
}

// added is the constant added to a tensor. A layer normalization that is written out adds its epsilon in
// this way.
func (s *split) added(tensor string) (float64, bool) {
	n := s.graph.Maker(tensor)
	if n == nil || n.Op != "Add" {
		return 0, false
	}
	for _, in := range n.Inputs {
		if w := resolve(s.graph, in); w != nil && w.Size() == 1 {
			if v, err := s.graph.Values(w); err == nil && v[0] > 0 && v[0] < 0.1 {
				return float64(v[0]), true
			}
		}
	}
	return 0, false
}

// otherOperators says what a variant's block does differently from the reference's, or "".
func otherOperators(ref, own facts) string {
	var out []string
	for _, a := range own.activations {
		if len(ref.activations) > 0 && !slices.Contains(ref.activations, a) {
			out = append(out, a+" for "+strings.Join(ref.activations, " and "))
		}
	}
	for _, e := range own.epsilons {
		if len(ref.epsilons) > 0 && !slices.ContainsFunc(ref.epsilons, func(r float64) bool { return math.Abs(r-e) <= 0.02*r }) {
			out = append(out, fmt.Sprintf("epsilon %.3g instead of %.3g", e, ref.epsilons[0]))
			break
		}
	}
	if ref.softmax && own.softmax && ref.masked != own.masked {
		if ref.masked {
			out = append(out, "the mask is missing")
		} else {
			out = append(out, "there is a mask that the reference does not have")
		}
	}
	return strings.Join(out, "; ")
}

// epsilon is the epsilon of a normalization. usual is the default for a node without one.
func epsilon(n *onnxgraph.Node, usual float64) float64 {
	if a, ok := n.Attributes["epsilon"]; ok {
		return float64(a.Float)
	}
	return usual
}
