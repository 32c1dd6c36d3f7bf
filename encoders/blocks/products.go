package blocks

import (
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
)

// Product is a multiplication with weights. Low precision may compute it differently.
type Product struct {
	Block  string // "" outside of numbered blocks
	Kind   string // one of Kinds, or the name of its weights
	Tensor string // output tensor
	Node   string // its name in the file; may be empty
	Values int64  // number of values in its weights
}

// Kinds of products, in the order in which a tower has them.
const (
	KindEmbeddings = "embeddings"
	KindProjection = "projection"
)

// kinds are exporters' names for the products of a block.
var kinds = map[string]string{
	"q": "q", "q_proj": "q", "query": "q", "k": "k", "k_proj": "k", "key": "k", "v": "v", "v_proj": "v", "value": "v", "in_proj": "qkv", "qkv": "qkv",
	"out": "out_proj", "out_proj": "out_proj", "proj": "out_proj", "c_fc": "c_fc", "fc1": "c_fc", "c_proj": "c_proj", "fc2": "c_proj",
}

// Products are a tower's products with weights, in order.
func Products(t Tower) ([]Product, error) {
	s, err := newSide(t)
	if err != nil {
		return nil, err
	}
	var out []Product
	for _, b := range s.blocks {
		for _, n := range b.nodes {
			if n.Op != "MatMul" && n.Op != "Gemm" && n.Op != "Conv" && n.Op != "Gather" || len(n.Outputs) != 1 || !onnxgraph.Floating(s.types[n.Outputs[0]]) {
				continue
			}
			weights := s.weights(n)
			if len(weights) == 0 || n.Op == "Gather" && resolve(s.graph, n.Inputs[0]) == nil {
				continue
			}
			p := Product{Tensor: n.Outputs[0], Node: n.Name, Kind: KindProjection}
			for _, w := range weights {
				p.Values += resolve(s.graph, w).Size()
			}
			numberedBlock := false
			for _, name := range append([]string{n.Name}, weights...) {
				key, _ := numbered(name)
				numberedBlock = numberedBlock || key != ""
			}
			switch {
			case n.Op == "Conv" || n.Op == "Gather":
				p.Kind = KindEmbeddings
			case numberedBlock:
				within := s.within(n)
				p.Block, p.Kind = b.Name, within[strings.LastIndexByte(within, '.')+1:]
				if known := kinds[p.Kind]; known != "" {
					p.Kind = known
				}
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// KindsOf are the kinds of products, in the order in which they first appear.
func KindsOf(products []Product) []string {
	var out []string
	for _, p := range products {
		if !slices.Contains(out, p.Kind) {
			out = append(out, p.Kind)
		}
	}
	return out
}
