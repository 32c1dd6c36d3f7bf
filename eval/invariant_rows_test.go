package eval

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxtest"
	"github.com/fastclip/fastclip/internal/store"
)

// An image tower of 16 x 16 pictures whose projection is "raw", and how it goes on to image_embeds.
func faultyImage(tail func(g *onnxtest.Graph)) []byte {
	g := new(onnxtest.Graph).In("pixel_values", onnxtest.Float32, "n", 3, 16, 16)
	g.Node("AveragePool", []string{"pixel_values"}, []string{"tiles"}, onnxtest.Attr{Name: "kernel_shape", Value: []int64{4, 4}}, onnxtest.Attr{Name: "strides", Value: []int64{4, 4}}).
		Node("Flatten", []string{"tiles"}, []string{"flat"})
	w := make([]float32, 48*8)
	for i := range w {
		w[i] = float32((i*37)%19)/19 - 0.4
	}
	g.Floats("w", []int64{48, 8}, w).Node("MatMul", []string{"flat", "w"}, []string{"raw"})
	tail(g)
	return g.Out("image_embeds", onnxtest.Float32, "n", 8).Bytes()
}

func axis0(keep int64) []onnxtest.Attr {
	return []onnxtest.Attr{{Name: "axes", Value: []int64{0}}, {Name: "keepdims", Value: keep}}
}

// TestInvariants: what must hold of any encoder is checked in the run, of the reference too, whose noise
// then excuses nothing.
func TestInvariants(t *testing.T) {
	kinds := map[string][]byte{
		"plain": faultyImage(func(g *onnxtest.Graph) { g.Node("Identity", []string{"raw"}, []string{"image_embeds"}) }),
		"cross": faultyImage(func(g *onnxtest.Graph) { // less the mean of the batch
			g.Node("ReduceMean", []string{"raw"}, []string{"mean"}, axis0(1)...).Node("Sub", []string{"raw", "mean"}, []string{"image_embeds"})
		}),
		"first": faultyImage(func(g *onnxtest.Graph) { // the first of the batch for all
			g.Ints("zero", []int64{1}, 0).Node("Gather", []string{"raw", "zero"}, []string{"one"}, onnxtest.Attr{Name: "axis", Value: int64(0)}).
				Node("Shape", []string{"raw"}, []string{"shape"}).Node("Expand", []string{"one", "shape"}, []string{"image_embeds"})
		}),
		"zero": faultyImage(func(g *onnxtest.Graph) { g.Node("Sub", []string{"raw", "raw"}, []string{"image_embeds"}) }),
	}
	var lines []string
	for _, name := range []string{"plain", "cross", "first", "zero"} {
		lines = append(lines, fmt.Sprintf("  - {name: %s, model: %s, batch: 8}", name, towers(t, kinds[name], onnxtest.Text(8))))
	}
	lines = append(lines, fmt.Sprintf("  - {name: first1, model: %s, batch: 1}", towers(t, kinds["first"], onnxtest.Text(8))))
	for _, ref := range []string{"plain", "cross"} {
		s := untimed(t, "  - {name: d, scenes: {objects: 1, count: 12, per_set: 3, seed: 1, size: 96x72}}", strings.Join(lines, "\n")+"\nreference: "+ref)
		cfg := config(t, s)
		for range 2 { // the second run takes what the first has found
			cfg.Out = filepath.Join(t.TempDir(), "out")
			res := load(t, mustRun(t, cfg).Dir)
			got := map[string]string{}
			for _, v := range res.Variants {
				got[v.Variant] = strings.Join(v.Faults, "\n")
			}
			assert.Empty(t, got["plain"])
			assert.Empty(t, got["first1"], "in batches of one it is right")
			assert.Contains(t, got["cross"], "d: picture embeddings depend on the batch: 3 of 3 items that were tried have another embedding")
			assert.Contains(t, got["first"], "d: picture embeddings depend on the batch")
			assert.Contains(t, got["zero"], "d: 12 of 12 picture embeddings are zero vectors: ")
			assert.Contains(t, got["zero"], "all 12 picture embeddings are the same")
			floors := slices.ContainsFunc(res.Drift, func(d store.Drift) bool { return strings.HasPrefix(d.Stage, store.FloorPrefix) })
			assert.Equal(t, ref == "plain", floors, "a reference that depends on its batch has no noise floor")
		}
	}
}

// TestNaNIsNamed: the picture whose embedding is no number is named by its file.
func TestNaNIsNamed(t *testing.T) {
	broken := faultyImage(func(g *onnxtest.Graph) { g.Node("Sqrt", []string{"raw"}, []string{"image_embeds"}) })
	s := untimed(t, fmt.Sprintf("  - {name: d, folder: {path: %s}}", pictureFolder(t, 3)), fmt.Sprintf("  - {name: a, model: %s}", towers(t, broken, onnxtest.Text(8))))
	res := load(t, mustRun(t, config(t, s)).Dir)
	assert.Equal(t, store.StatusFailed, res.Variants[0].Status)
	assert.Regexp(t, `has NaN at .* other values are not finite either \(.*(blue|red)/0\.png`, res.Variants[0].Reason)
}

// TestCutTexts: captions that do not fit are counted.
func TestCutTexts(t *testing.T) {
	dir := t.TempDir()
	pictures := pictureFolder(t, 1)
	csv := "image,caption\nred/0.png,red\nblue/0.png," + strings.Repeat("many words ", 20) + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "c.csv"), []byte(csv), 0o644))
	s := untimed(t, fmt.Sprintf("  - {name: d, table: {path: %s, images: %s}}", filepath.Join(dir, "c.csv"), pictures),
		fmt.Sprintf("  - {name: a, model: %s}\n  - {name: b, model: %s, context: 16}", towers(t, onnxtest.Image(16, 8), onnxtest.TextPositions(8, 64)), towers(t, onnxtest.Image(16, 8), onnxtest.Text(8))))
	res := load(t, mustRun(t, config(t, s)).Dir)
	for i, want := range []int64{64, 16} {
		require.NotNil(t, res.Variants[i].Context)
		assert.Equal(t, want, *res.Variants[i].Context)
	}
	assert.Equal(t, []int64{0, 1}, []int64{*res.Variants[0].TextsCut, *res.Variants[1].TextsCut})
	assert.Equal(t, int64(1), *res.Datasets[0].TextsCut)
}
