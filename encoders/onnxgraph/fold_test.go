package onnxgraph_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxtest"
	"github.com/fastclip/fastclip/encoders/onnxgraph"
)

// normalised is a layer normalization whose result two products read, each after a Cast and a multiplication by a
// factor, as in a file that is put together from others. more adds to it.
func normalised(t *testing.T, second string, more func(*onnxtest.Graph)) *onnxgraph.Graph {
	t.Helper()
	dims := []int64{2}
	g := new(onnxtest.Graph).In("x", onnxtest.Float32, 1, 2).Floats("ones", dims, []float32{1, 3}).Floats("bias", dims, []float32{5, 7}).
		Floats("n_even_factor", dims, []float32{2, 0.5}).Floats("m_even_factor", dims, []float32{9, 9}).
		Node("Identity", []string{"ones"}, []string{"scale"}).
		Node("LayerNormalization", []string{"x", "scale", "bias"}, []string{"n"}).
		Node("Cast", []string{"n"}, []string{"n1"}, onnxtest.Attr{Name: "to", Value: int64(onnxtest.Float32)}).
		Node("Mul", []string{"n1", "n_even_factor"}, []string{"n2"}).Node("Mul", []string{second, "n"}, []string{"n3"}).
		Node("MatMul", []string{"n2", "n3"}, []string{"y"})
	if more != nil {
		more(g)
	}
	parsed, err := onnxgraph.Parse(g.Out("y", onnxtest.Float32, 1).Bytes())
	require.NoError(t, err)
	return parsed
}

func TestFoldFactors(t *testing.T) {
	ops := func(g *onnxgraph.Graph) (out []string) {
		for _, n := range g.Nodes {
			out = append(out, n.Op)
		}
		return out
	}
	g := normalised(t, "n_even_factor", nil)
	require.NoError(t, g.FoldFactors("_even_factor"))
	g, err := onnxgraph.Parse(g.Bytes())
	require.NoError(t, err)
	require.Equal(t, []string{"LayerNormalization", "MatMul"}, ops(g))
	assert.Equal(t, []string{"n2", "n2"}, g.Nodes[1].Inputs, "another name for other values")
	assert.Equal(t, g.Nodes[0], g.Maker("n2"))
	for i, want := range [][]float32{{2, 1.5}, {10, 3.5}} {
		got, err := g.Values(g.Weights[g.Nodes[0].Inputs[1+i]])
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	assert.Len(t, g.Weights, 2, "weights that nothing reads are gone")

	for name, g := range map[string]*onnxgraph.Graph{
		"another factor": normalised(t, "m_even_factor", nil),
		"another reader": normalised(t, "n_even_factor", func(g *onnxtest.Graph) { g.Node("Relu", []string{"n"}, []string{"r"}).Out("r", onnxtest.Float32, 1) }),
		"an output":      normalised(t, "n_even_factor", func(g *onnxtest.Graph) { g.Out("n", onnxtest.Float32, 1) }),
		"no factor":      normalised(t, "bias", nil),
	} {
		before := ops(g)
		require.NoError(t, g.FoldFactors("_even_factor"))
		assert.Equal(t, before, ops(g), name)
	}
}
