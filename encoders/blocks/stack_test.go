package blocks_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/encoders/ort"
)

// stack makes a stack from a graph of the fixture.
func (f *fixture) stack(t *testing.T, tower string, data []byte) blocks.Stack {
	t.Helper()
	var in []map[string]ort.Tensor
	for _, i := range f.items[tower] {
		in = append(in, i.Reference)
	}
	s, err := blocks.NewStack(f.tower(data, tower), in)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// TestStacksOfGraphs: running layers finds the faulty block as comparing graphs does, by name and by number.
func TestStacksOfGraphs(t *testing.T) {
	f := newFixture(t)
	for _, block := range []string{"image_blocks.2", "text_blocks.1"} {
		tower, _, _ := strings.Cut(block, "_")
		ref := f.stack(t, tower, f.read(t, tower+".onnx"))
		r, err := blocks.CompareStacks(t.Context(), ref, f.stack(t, tower, f.read(t, tower+".onnx")), 2, blocks.Work{})
		require.NoError(t, err)
		assert.Nil(t, r.Found)
		assert.Zero(t, r.Final)
		g := f.graph(t, tower+".onnx")
		faults[0].plant(t, g, block)
		r, err = blocks.CompareStacks(t.Context(), ref, f.stack(t, tower, g.Bytes()), 2, blocks.Work{})
		require.NoError(t, err)
		require.NotNil(t, r.Found)
		found := r.Blocks[r.Found.Block]
		assert.Equal(t, block, found.Name)
		assert.InDelta(t, 1, found.Share, 1e-3)
		assert.Empty(t, r.Found.Others)
		r, err = blocks.CompareStacks(t.Context(), ref, named{f.stack(t, tower, f.read(t, tower+".onnx"))}, 2, blocks.Work{})
		require.NoError(t, err)
		assert.Nil(t, r.Found)
		assert.Equal(t, map[string]int{"image": 4, "text": 2}[tower], r.Matched.Place)
	}
	_, err := blocks.CompareStacks(t.Context(), f.stack(t, "image", f.read(t, "image.onnx")), f.stack(t, "text", f.read(t, "text.onnx")), 2, blocks.Work{})
	require.ErrorIs(t, err, blocks.ErrFew)
}

// named is a stack whose layers have the names of another library.
type named struct{ blocks.Stack }

func other(name string) string {
	return strings.NewReplacer("image_blocks.", "vision_model.encoder.layers.", "text_blocks.", "text_model.encoder.layers.", "ln_", "norm_", "conv1", "patch", "pos", "position", "proj", "head", "token", "word", "causal", "mask", "cls", "first").Replace(name)
}

func (n named) Layers() []blocks.Layer {
	var out []blocks.Layer
	for _, l := range n.Stack.Layers() {
		l.Name = other(l.Name)
		out = append(out, l)
	}
	return out
}

func (n named) Run(ctx context.Context, item int, put map[string]ort.Tensor, want []string) (map[string]ort.Tensor, error) {
	back := map[string]string{blocks.Embeds: blocks.Embeds}
	for _, l := range n.Stack.Layers() {
		back[blocks.Out(other(l.Name))] = blocks.Out(l.Name)
	}
	mine, theirs := map[string]ort.Tensor{}, []string(nil)
	for k, v := range put {
		mine[back[k]] = v
	}
	for _, w := range want {
		theirs = append(theirs, back[w])
	}
	got, err := n.Stack.Run(ctx, item, mine, theirs)
	out := map[string]ort.Tensor{}
	for _, w := range want {
		out[w] = got[back[w]]
	}
	return out, err
}

// modules is a chain of blocks with two layers each, which multiply by a weight. It stands for a model in an adapter.
type modules struct {
	dtype   string
	kinds   [3]string
	weights [3]float32
	in      [3]float32 // what the first layer of each block adds, whatever its weight
}

func (m modules) Layers() (out []blocks.Layer) {
	for i, n := range []string{"0", "1", "2"} {
		out = append(out,
			blocks.Layer{Name: "h." + n + ".act", Kind: m.kinds[i], Dtype: m.dtype, Leaf: true, Takes: true},
			blocks.Layer{Name: "h." + n + ".fc", Kind: "Linear()", Dtype: m.dtype, Weights: []string{"weight"}, Leaf: true, Takes: true},
			blocks.Layer{Name: "h." + n, Kind: "Block()", Dtype: m.dtype, Takes: true})
	}
	return out
}

func (m modules) Close() error { return nil }

func (m modules) Run(_ context.Context, item int, put map[string]ort.Tensor, want []string) (map[string]ort.Tensor, error) {
	all, x := map[string]ort.Tensor{}, []float32{1, 2, float32(3 + item)}
	see := func(name string, values []float32) []float32 {
		if p, ok := put[name]; ok {
			values = p.Float32
		}
		all[name] = ort.Tensor{Float32: values, Shape: []int64{1, 3}}
		return values
	}
	each := func(x []float32, by, plus float32) (out []float32) {
		for _, v := range x {
			out = append(out, v*by+plus)
		}
		return out
	}
	for i, n := range []string{"h.0", "h.1", "h.2"} {
		all[blocks.Weight(n+".fc", "weight")] = ort.Tensor{Float32: []float32{m.weights[i]}, Shape: []int64{1}}
		x = see(blocks.In(n), x)
		x = see(blocks.Out(n+".act"), each(see(blocks.In(n+".act"), x), 1, m.in[i]))
		x = see(blocks.Out(n+".fc"), each(see(blocks.In(n+".fc"), x), m.weights[i], 0))
		x = see(blocks.Out(n), x)
	}
	see(blocks.Embeds, x)
	out := map[string]ort.Tensor{}
	for _, w := range want {
		out[w] = all[w]
	}
	return out, nil
}

// TestStacksOfModules: other settings, other weights and low precision are told apart, and the layer is named.
func TestStacksOfModules(t *testing.T) {
	ref := modules{dtype: "float32", kinds: [3]string{"QuickGELU()", "QuickGELU()", "QuickGELU()"}, weights: [3]float32{1, 2, 3}}
	for name, x := range map[string]struct {
		change                      func(*modules)
		block, operator, looks, why string
	}{
		"none":                 {func(*modules) {}, "", "", "", ""},
		"weight":               {func(m *modules) { m.weights[1] *= 1.02 }, "h.1", "fc", blocks.LooksWeights, "fc.weight: 1.02 times the reference's"},
		"kind":                 {func(m *modules) { m.kinds[2], m.in[2] = "GELU()", 0.01 }, "h.2", "act", blocks.LooksOperator, "GELU() for QuickGELU() in act"},
		"values":               {func(m *modules) { m.in[0] = 0.01 }, "h.0", "act", blocks.LooksOperator, "act gives other values"},
		"half":                 {func(m *modules) { m.dtype, m.weights[1], m.in[0] = "float16", 1.9999, 0.001 }, "", "", "", ""},
		"kind without a drift": {func(m *modules) { m.kinds[2] = "GELU()" }, "", "", "", ""},
		"quantized":            {func(m *modules) { m.dtype, m.weights[1] = "int8", 1.98 }, "", "", "", ""},
		"fault in 16 bits":     {func(m *modules) { m.dtype, m.weights[1] = "bfloat16", 2.1 }, "h.1", "fc", blocks.LooksWeights, "1.05 times"},
	} {
		t.Run(name, func(t *testing.T) {
			own := ref
			x.change(&own)
			r, err := blocks.CompareStacks(t.Context(), ref, own, 2, blocks.Work{})
			require.NoError(t, err)
			if x.block == "" {
				assert.Nil(t, r.Found)
				return
			}
			require.NotNil(t, r.Found)
			assert.Equal(t, x.block, r.Blocks[r.Found.Block].Name)
			assert.Equal(t, x.operator, r.Found.Operator)
			assert.Equal(t, x.looks, r.Found.Looks)
			assert.Contains(t, r.Found.Why, x.why)
		})
	}
}
