package blocks_test

import (
	"context"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/encoders/onnxfile/onnxtest"
	"github.com/fastclip/fastclip/encoders/onnxgraph"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/testenv"
)

// fixture is the model mini with a few items.
type fixture struct {
	lib   *ort.Library
	files fs.FS
	items map[string][]blocks.Item // by tower
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	lib, err := ort.Open(testenv.Library(t, "onnxruntime"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, lib.Close()) })
	models, err := fastclip.Models()
	require.NoError(t, err)
	files, err := fs.Sub(models, "mini")
	require.NoError(t, err)
	f := &fixture{lib: lib, files: files, items: map[string][]blocks.Item{}}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		px := make([]float32, 3*224*224)
		for i := range px {
			px[i] = float32(rng.NormFloat64())
		}
		in := map[string]ort.Tensor{"pixel_values": {Float32: px, Shape: []int64{1, 3, 224, 224}}}
		f.items["image"] = append(f.items["image"], blocks.Item{Reference: in, Variant: in})
		ids := make([]int64, 16)
		ids[0], ids[8] = 49406, 49407
		for i := 1; i < 8; i++ {
			ids[i] = rng.Int64N(40000)
		}
		in = map[string]ort.Tensor{"input_ids": {Int64: ids, Shape: []int64{1, 16}}}
		f.items["text"] = append(f.items["text"], blocks.Item{Reference: in, Variant: in})
	}
	return f
}

func (f *fixture) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := fs.ReadFile(f.files, name)
	require.NoError(t, err)
	return data
}

func (f *fixture) tower(data []byte, tower string) blocks.Tower {
	return blocks.Tower{Data: data, Output: tower + "_embeds", Library: f.lib}
}

func (f *fixture) compare(t *testing.T, tower string, variant []byte) blocks.Result {
	t.Helper()
	r, err := blocks.Compare(context.Background(), f.tower(f.read(t, tower+".onnx"), tower), f.tower(variant, tower), f.items[tower], blocks.Work{})
	require.NoError(t, err)
	return r
}

// graph parses a tower's file.
func (f *fixture) graph(t *testing.T, name string) *onnxgraph.Graph {
	t.Helper()
	g, err := onnxgraph.Parse(f.read(t, name))
	require.NoError(t, err)
	return g
}

// maker finds the node that reads a weight.
func maker(t *testing.T, g *onnxgraph.Graph, weight string) int {
	t.Helper()
	at := slices.IndexFunc(g.Nodes, func(n *onnxgraph.Node) bool { return slices.Contains(n.Inputs, weight) })
	require.GreaterOrEqual(t, at, 0, weight)
	return at
}

// values returns the values of a weight.
func values(t *testing.T, g *onnxgraph.Graph, name string) []float32 {
	t.Helper()
	v, err := g.Values(g.Weights[name])
	require.NoError(t, err)
	return slices.Clone(v)
}

// faults lists faults to plant into a block, and what the finding must say.
var faults = []struct {
	name, looks, why string
	plant            func(t *testing.T, g *onnxgraph.Graph, block string)
}{
	{"c_fc scaled", blocks.LooksWeights, "c_fc.weight: 1.02 times", func(t *testing.T, g *onnxgraph.Graph, block string) {
		name := block + ".c_fc.weight"
		v := values(t, g, name)
		for i := range v {
			v[i] *= 1.02
		}
		g.SetWeight(floats(name, g.Weights[name].Dims, v))
	}},
	{"epsilon", blocks.LooksOperator, "epsilon 0.001 instead of 1e-05", func(t *testing.T, g *onnxgraph.Graph, block string) {
		at := maker(t, g, block+".ln_2.weight")
		n := g.Nodes[at]
		g.Nodes[at] = onnxgraph.NewNode("LayerNormalization", n.Inputs, n.Outputs, map[string]any{"axis": int64(-1), "epsilon": float32(1e-3)})
	}},
	{"GELU", blocks.LooksOperator, "GELU for QuickGELU", func(t *testing.T, g *onnxgraph.Graph, block string) {
		last := maker(t, g, block+".c_proj.weight")
		out := g.Nodes[last].Inputs[0]
		bias := g.Nodes[maker(t, g, block+".c_fc.bias")].Outputs[0]
		mul := slices.Index(g.Nodes, g.Maker(out))
		for name, v := range map[string]float32{"root2": math.Sqrt2, "one": 1, "half": 0.5} {
			g.SetWeight(floats("gelu."+name, nil, []float32{v}))
		}
		g.Nodes = slices.Replace(g.Nodes, mul-2, mul+1, []*onnxgraph.Node{
			onnxgraph.NewNode("Div", []string{bias, "gelu.root2"}, []string{"g1"}, nil),
			onnxgraph.NewNode("Erf", []string{"g1"}, []string{"g2"}, nil),
			onnxgraph.NewNode("Add", []string{"g2", "gelu.one"}, []string{"g3"}, nil),
			onnxgraph.NewNode("Mul", []string{bias, "g3"}, []string{"g4"}, nil),
			onnxgraph.NewNode("Mul", []string{"g4", "gelu.half"}, []string{out}, nil),
		}...)
	}},
	{"q and k of a head", blocks.LooksWeights, " are the reference's k.weight", func(t *testing.T, g *onnxgraph.Graph, block string) {
		for _, kind := range []string{".weight", ".bias"} {
			q, k := values(t, g, block+".q"+kind), values(t, g, block+".k"+kind)
			dims := g.Weights[block+".q"+kind].Dims
			width := map[bool]int{true: 64, false: 32}[strings.HasPrefix(block, "image")] // width of an attention head
			for i := range q {
				if c := i % int(dims[len(dims)-1]); c >= width && c < 2*width {
					q[i], k[i] = k[i], q[i]
				}
			}
			g.SetWeight(floats(block+".q"+kind, dims, q))
			g.SetWeight(floats(block+".k"+kind, dims, k))
		}
	}},
	{"fp16 overflow", blocks.LooksPrecision, "fp16 overflows", func(t *testing.T, g *onnxgraph.Graph, block string) {
		at := maker(t, g, block+".c_fc.bias")
		out := g.Nodes[at].Outputs[0]
		g.Nodes[at].Outputs[0] = out + "/before"
		g.SetWeight(floats("much", nil, []float32{3e5}))
		g.Nodes = slices.Insert(g.Nodes, at+1,
			onnxgraph.NewNode("Mul", []string{out + "/before", "much"}, []string{out + "/large"}, nil),
			onnxgraph.NewNode("Cast", []string{out + "/large"}, []string{out + "/half"}, map[string]any{"to": int64(onnxgraph.Float16)}),
			onnxgraph.NewNode("Cast", []string{out + "/half"}, []string{out + "/single"}, map[string]any{"to": int64(onnxgraph.Float32)}),
			onnxgraph.NewNode("Div", []string{out + "/single", "much"}, []string{out}, nil))
	}},
}

func TestPlantedFaultIsNamedAtOnce(t *testing.T) {
	f := newFixture(t)
	for _, block := range []string{"image_blocks.2", "text_blocks.1"} {
		tower, _, _ := strings.Cut(block, "_")
		for _, fault := range faults {
			t.Run(tower+" "+fault.name, func(t *testing.T) {
				g := f.graph(t, tower+".onnx")
				fault.plant(t, g, block)
				r := f.compare(t, tower, g.Bytes())
				require.NotNil(t, r.Found)
				assert.Equal(t, block, r.Blocks[r.Found.Block].Name)
				assert.Equal(t, fault.looks, r.Found.Looks)
				assert.Contains(t, r.Found.Why, fault.why)
				assert.Empty(t, r.Found.Others)
				assert.InDelta(t, 1, r.Blocks[r.Found.Block].Share, 0.01, "it is all of the final drift")
			})
		}
	}
}

// TestFaultBesideLargeRowsIsNamed: a fault that is tiny compared with its whole tensor, but matters in the row that is pooled.
func TestFaultBesideLargeRowsIsNamed(t *testing.T) {
	f := newFixture(t)
	large := func(g *onnxgraph.Graph) *onnxgraph.Graph { // the first row of all texts becomes huge; CLIP pools another row
		name := "text_pos"
		v := values(t, g, name)
		for i := range 128 {
			v[i] = 3e6
		}
		g.SetWeight(floats(name, g.Weights[name].Dims, v))
		return g
	}
	bad := large(f.graph(t, "text.onnx"))
	faults[1].plant(t, bad, "text_blocks.0")
	r, err := blocks.Compare(t.Context(), f.tower(large(f.graph(t, "text.onnx")).Bytes(), "text"), f.tower(bad.Bytes(), "text"), f.items["text"], blocks.Work{})
	require.NoError(t, err)
	require.NotNil(t, r.Found)
	assert.Equal(t, "text_blocks.0", r.Blocks[r.Found.Block].Name)
	assert.Contains(t, r.Found.Why, "epsilon 0.001")
	assert.Less(t, r.Blocks[r.Found.Block].Own, 1e-6)
}

// TestOtherOperatorsAreNamed: a missing mask, a mask with other values, and another scale of attention.
func TestOtherOperatorsAreNamed(t *testing.T) {
	f := newFixture(t)
	named := func(g *onnxgraph.Graph, tower, block, why string) {
		t.Helper()
		r := f.compare(t, tower, g.Bytes())
		require.NotNil(t, r.Found)
		assert.Equal(t, block, r.Blocks[r.Found.Block].Name)
		assert.Equal(t, blocks.LooksOperator, r.Found.Looks)
		assert.Contains(t, r.Found.Why, why)
	}
	replace := func(g *onnxgraph.Graph, output string, with func(n *onnxgraph.Node) *onnxgraph.Node) {
		at := slices.Index(g.Nodes, g.Maker(output))
		g.Nodes[at] = with(g.Nodes[at])
	}
	g := f.graph(t, "text.onnx")
	replace(g, "add_58", func(n *onnxgraph.Node) *onnxgraph.Node {
		return onnxgraph.NewNode("Identity", n.Inputs[:1], n.Outputs, nil)
	})
	named(g, "text", "text_blocks.1", "the mask is missing")
	g = f.graph(t, "text.onnx")
	g.SetWeight(floats("causal", g.Weights["causal"].Dims, make([]float32, 32*32)))
	named(g, "text", "causal", "the mask has other values")
	g = f.graph(t, "image.onnx")
	g.SetWeight(floats("other scale", nil, []float32{0.13}))
	replace(g, "mul_71", func(n *onnxgraph.Node) *onnxgraph.Node {
		return onnxgraph.NewNode("Mul", []string{n.Inputs[0], "other scale"}, n.Outputs, nil)
	})
	named(g, "image", "image_blocks.2", "Mul gives other values for the same input")
}

func TestModelWithoutFaultNamesNone(t *testing.T) {
	f := newFixture(t)
	for file, precision := range map[string]string{"": "fp32", "optimised.": "fp32", "fp16.": "fp16", "int8.": "int8"} {
		for _, tower := range []string{"image", "text"} {
			t.Run(tower+"."+file, func(t *testing.T) {
				r := f.compare(t, tower, f.read(t, tower+"."+file+"onnx"))
				assert.Nil(t, r.Found)
				assert.Equal(t, precision, r.Least)
				for _, b := range r.Blocks {
					assert.Empty(t, b.Evidence, b.Name)
				}
			})
		}
	}
}

// TestFaultInLowPrecisionIsNamed: another epsilon in an 8-bit file, where the noise is larger than its effect.
func TestFaultInLowPrecisionIsNamed(t *testing.T) {
	f := newFixture(t)
	g := f.graph(t, "text.int8.onnx")
	faults[1].plant(t, g, "text_blocks.1")
	r := f.compare(t, "text", g.Bytes())
	require.NotNil(t, r.Found)
	assert.Equal(t, "text_blocks.1", r.Blocks[r.Found.Block].Name)
	assert.Equal(t, blocks.LooksOperator, r.Found.Looks)
	assert.Contains(t, r.Found.Why, "epsilon 0.001")
}

// times multiplies a weight, or the scale of an 8-bit weight.
func times(t *testing.T, g *onnxgraph.Graph, name string, by float32) {
	t.Helper()
	w := g.Weights[name]
	require.NotNil(t, w, name)
	v := values(t, g, name)
	for i := range v {
		v[i] *= by
	}
	g.SetWeight(floats(name, w.Dims, v))
}

// TestWeightsInEachPrecision: a weight multiplied by 1.02 is found in fused and in 8-bit graphs, in both towers.
func TestWeightsInEachPrecision(t *testing.T) {
	f := newFixture(t)
	for _, block := range []string{"image_blocks.2", "text_blocks.1"} {
		tower, _, _ := strings.Cut(block, "_")
		for _, c := range []struct{ file, weight string }{
			{"optimised.", ".c_fc.weight"}, {"int8.", ".c_fc.weight_scale"}, {"int8-channel.", ".c_fc.weight_scale"},
		} {
			if tower == "image" && c.file == "int8-channel." {
				continue // the same as in the text tower
			}
			t.Run(tower+" "+c.file, func(t *testing.T) {
				g := f.graph(t, tower+"."+c.file+"onnx")
				times(t, g, block+c.weight, 1.02)
				r := f.compare(t, tower, g.Bytes())
				require.NotNil(t, r.Found)
				assert.Equal(t, block, r.Blocks[r.Found.Block].Name)
				assert.Equal(t, blocks.LooksWeights, r.Found.Looks)
				assert.Contains(t, r.Found.Why, "c_fc.weight: 1.02 times")
				assert.Empty(t, r.Found.Others)
			})
		}
	}
}

// evened multiplies the input of a product with factors, and its weights with their inverse.
func evened(t *testing.T, g *onnxgraph.Graph, weight string) {
	t.Helper()
	at := maker(t, g, weight)
	n, w := g.Nodes[at], g.Weights[weight]
	v, factors := values(t, g, weight), make([]float32, w.Dims[0])
	for i := range v {
		row := i / int(w.Dims[1])
		factors[row] = 0.5 + float32(row%7)/4
		v[i] /= factors[row]
	}
	g.SetWeight(floats(weight, w.Dims, v))
	even := n.Inputs[0] + "_even"
	g.SetWeight(floats(even+"_factor", w.Dims[:1], factors))
	g.Nodes = slices.Insert(g.Nodes, at, onnxgraph.NewNode("Mul", []string{n.Inputs[0], even + "_factor"}, []string{even}, nil))
	n.Inputs[0] = even
}

// TestFactorsThatCancelAreNoFault: weights that a factor before them takes back are the reference's, and a fault
// in them is found all the same. The layer normalization before c_fc can take its factors over.
func TestFactorsThatCancelAreNoFault(t *testing.T) {
	f := newFixture(t)
	for _, weight := range []string{"c_proj.weight", "c_fc.weight"} {
		name := "text_blocks.1." + weight
		made := func(g *onnxgraph.Graph) blocks.Result {
			evened(t, g, name)
			nodes := len(g.Nodes)
			data, err := blocks.Folded(g.Bytes())
			require.NoError(t, err)
			after, err := onnxgraph.Parse(data)
			require.NoError(t, err)
			assert.Equal(t, weight == "c_fc.weight", len(after.Nodes) < nodes, weight)
			return f.compare(t, "text", data)
		}
		r := made(f.graph(t, "text.onnx"))
		assert.Nil(t, r.Found)
		assert.Less(t, r.Final, 1e-5)
		for _, b := range r.Blocks {
			assert.Empty(t, b.Evidence, b.Name)
		}
		g := f.graph(t, "text.onnx")
		v := values(t, g, name)
		for i := range v {
			v[i] *= 1.02
		}
		g.SetWeight(floats(name, g.Weights[name].Dims, v))
		r = made(g)
		require.NotNil(t, r.Found)
		assert.Equal(t, "text_blocks.1", r.Blocks[r.Found.Block].Name)
		assert.Contains(t, r.Found.Why, weight+": 1.02 times")
	}
}

// renamed gives the output of every node another name.
func renamed(g *onnxgraph.Graph) *onnxgraph.Graph {
	outputs := map[string]bool{}
	for _, p := range g.Outputs {
		outputs[p.Name] = true
	}
	name := func(t string) string {
		switch {
		case t == "" || outputs[t]:
			return t
		case g.Maker(t) != nil:
			return "x" + t
		}
		return t
	}
	out := g.Build().Graph()
	out.Inputs, out.Outputs = g.Inputs, g.Outputs
	for _, w := range g.Weights {
		out.SetWeight(w)
	}
	for _, n := range g.Nodes {
		m := *n
		m.Inputs, m.Outputs = nil, nil
		for _, t := range n.Inputs {
			m.Inputs = append(m.Inputs, name(t))
		}
		for _, t := range n.Outputs {
			m.Outputs = append(m.Outputs, name(t))
		}
		out.Nodes = append(out.Nodes, &m)
	}
	return out
}

func TestTensorsOfOtherNamesAreMatched(t *testing.T) {
	f := newFixture(t)
	r := f.compare(t, "text", renamed(f.graph(t, "text.onnx")).Bytes())
	assert.Nil(t, r.Found)
	assert.Equal(t, 71, r.Matched.Of)
	assert.Equal(t, 1, r.Matched.Name, "the output's")
	assert.Positive(t, r.Matched.Initialisers)
	assert.Positive(t, r.Matched.Place)
	assert.Equal(t, 71, r.Matched.Name+r.Matched.Initialisers+r.Matched.Place)
}

func TestGraphsWithTooLittleInCommonAreRefused(t *testing.T) {
	f := newFixture(t)
	g := onnxtest.Text(128)
	_, err := blocks.Compare(context.Background(), f.tower(f.read(t, "text.onnx"), "text"), f.tower(g, "text"), f.items["text"], blocks.Work{})
	require.ErrorIs(t, err, blocks.ErrFew)
	assert.Contains(t, err.Error(), "of 71 tensors")
}

// TestMixed: with none of the variant's products it equals the reference, with all of them the variant. A switch has the same effect.
func TestMixed(t *testing.T) {
	f := newFixture(t)
	ref, own := f.tower(f.read(t, "text.onnx"), "text"), f.tower(f.read(t, "text.int8.onnx"), "text")
	products, err := blocks.Products(ref)
	require.NoError(t, err)
	assert.Equal(t, []string{"embeddings", "q", "k", "v", "out_proj", "c_fc", "c_proj", "projection"}, blocks.KindsOf(products))
	mixer, err := blocks.NewMixer(ref, own, products)
	require.NoError(t, err)
	takes := mixer.Differing()
	assert.False(t, takes[0], "int8 leaves the table of tokens as it is")
	assert.NotContains(t, takes[1:], false)
	in := f.items["text"][0].Reference
	run := func(data []byte, err error, switches float32) []float32 {
		t.Helper()
		require.NoError(t, err)
		probe, err := f.lib.Probe(data, ort.Options{})
		require.NoError(t, err)
		defer func() { require.NoError(t, probe.Close()) }()
		all := map[string]ort.Tensor{"input_ids": in["input_ids"]}
		for i := range products {
			all[blocks.Switch(i)] = ort.Tensor{Float32: []float32{switches}, Shape: []int64{1}}
		}
		out, err := probe.Run(context.Background(), all)
		require.NoError(t, err)
		return out["text_embeds"].Float32
	}
	none, err := mixer.Mixed(make([]bool, len(products)), false)
	assert.Equal(t, run(ref.Data, nil, 0), run(none, err, 0))
	all, err := mixer.Mixed(takes, false)
	assert.InDeltaSlice(t, run(own.Data, nil, 0), run(all, err, 0), 1e-5)
	assert.Less(t, len(all), len(ref.Data)/2, "the weights that nothing reads are gone")
	both, err := mixer.Mixed(takes, true)
	assert.InDeltaSlice(t, run(ref.Data, nil, 0), run(both, err, 0), 1e-5)
	assert.InDeltaSlice(t, run(own.Data, nil, 0), run(both, err, 1), 1e-5)
}

// floats makes a float32 weight.
func floats(name string, dims []int64, values []float32) *onnxgraph.Weight {
	g, err := onnxgraph.Parse(new(onnxtest.Graph).Floats(name, dims, values).Bytes())
	if err != nil {
		panic(err)
	}
	return g.Weights[name]
}
