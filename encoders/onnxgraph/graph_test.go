package onnxgraph_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxtest"
	"github.com/fastclip/fastclip/encoders/onnxgraph"
)

func TestParseAndWriteAgain(t *testing.T) {
	data := onnxtest.Merged(8, 4)
	g, err := onnxgraph.Parse(data)
	require.NoError(t, err)
	again, err := onnxgraph.Parse(g.Bytes())
	require.NoError(t, err)
	require.Len(t, again.Nodes, len(g.Nodes))
	for i, n := range g.Nodes {
		assert.Equal(t, n, again.Nodes[i])
	}
	assert.Equal(t, g.Types(), again.Types())
}

func TestNodesAreSorted(t *testing.T) {
	node := onnxgraph.NewNode
	g := new(onnxtest.Graph).In("x", onnxtest.Float32, 1).
		Node("Relu", []string{"b"}, []string{"c"}).Node("Relu", []string{"a"}, []string{"b"}).Node("Relu", []string{"x"}, []string{"a"}).Out("c", onnxtest.Float32, 1)
	parsed, err := onnxgraph.Parse(g.Bytes())
	require.NoError(t, err)
	var order []string
	for _, n := range parsed.Nodes {
		order = append(order, n.Outputs...)
	}
	assert.Equal(t, []string{"a", "b", "c"}, order)
	parsed.Nodes = append(parsed.Nodes, node("Add", []string{"e", "x"}, []string{"d"}, nil), node("Relu", []string{"d"}, []string{"e"}, nil))
	_, err = onnxgraph.Parse(parsed.Bytes())
	assert.ErrorContains(t, err, "reads what is computed from it")
}

func TestFrontier(t *testing.T) {
	g, err := onnxgraph.Parse(onnxtest.Text(4))
	require.NoError(t, err)
	stop := func(t string) bool { return t == "angle" || t == "keep3" }
	assert.Equal(t, []string{"angle", "keep3"}, g.Frontier([]string{"hidden"}, stop))
	assert.Equal(t, map[string]bool{"hidden": true, "wave": true}, g.Computed([]string{"hidden"}, stop))
}

func FuzzParse(f *testing.F) {
	f.Add(onnxtest.Text(4))
	f.Add(onnxtest.ImageBytes(8, 4))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := onnxgraph.Parse(data)
		if err != nil {
			return
		}
		for _, w := range g.Weights {
			_, _ = g.Values(w) // must not panic
		}
		_ = g.Types()
		if _, err := onnxgraph.Parse(g.Bytes()); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}
