package eval

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/encoders/onnxfile/onnxtest"
	"github.com/fastclip/fastclip/encoders/onnxgraph"
	"github.com/fastclip/fastclip/eval/finished"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
)

// scaled writes a tower of mini with one weight times a factor.
func scaled(t *testing.T, from, to, weight string, by float32) {
	t.Helper()
	data, err := os.ReadFile(from)
	require.NoError(t, err)
	g, err := onnxgraph.Parse(data)
	require.NoError(t, err)
	v, err := g.Values(g.Weights[weight])
	require.NoError(t, err)
	for i := range v {
		v[i] *= by
	}
	g.SetWeight(floats(weight, g.Weights[weight].Dims, v))
	require.NoError(t, os.WriteFile(to, g.Bytes(), 0o600))
}

// TestLayers: of a variant with a fault the block is found; a variant that failed is looked at all the
// same.
func TestLayers(t *testing.T) {
	mini, dir := filepath.Join(testenv.Root(t), "testdata", "models", "mini"), t.TempDir()
	for _, tower := range []string{"image", "text"} {
		data, err := os.ReadFile(filepath.Join(mini, tower+".onnx"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, tower+".onnx"), data, 0o600))
	}
	scaled(t, filepath.Join(mini, "image.onnx"), filepath.Join(dir, "image.bad.onnx"), "image_blocks.1.c_fc.weight", 1.02)
	scaled(t, filepath.Join(mini, "text.onnx"), filepath.Join(dir, "text.nan.onnx"), "text_blocks.1.c_fc.bias", float32(math.Inf(1)))
	cfg := config(t, parse(t, "  - {name: single, scenes: {objects: 1, count: 12, per_set: 1, seed: 1, size: 96x72}}", strings.ReplaceAll(`  - {name: ref, model: DIR}
  - {name: bad, model: DIR, image: image.bad.onnx}
  - {name: nan, model: DIR, text: text.nan.onnx}`, "DIR", dir)))
	cfg.Suite.Skip = []string{"timing", "floor", "swaps", "proof"}
	run := mustRun(t, cfg)

	l, err := finished.Layers(t.Context(), lookAgain(cfg), run.Dir, "bad")
	require.NoError(t, err)
	require.Len(t, l.Towers, 2)
	require.NotNil(t, l.Towers[0].Jump)
	assert.Equal(t, "image_blocks.1", l.Towers[0].Jump.Block)
	assert.Equal(t, "c_fc", l.Towers[0].Jump.Operator)
	assert.Contains(t, l.Towers[0].Jump.Why, "1.02 times")
	assert.Nil(t, l.Towers[1].Jump)
	picks := map[string]int{}
	for _, i := range l.Items {
		picks[i.Modality+" "+i.Pick]++
	}
	assert.Equal(t, map[string]int{"image worst": 6, "image middle": 3, "text worst": 6, "text middle": 3}, picks)

	l, err = finished.Layers(t.Context(), lookAgain(cfg), run.Dir, "nan")
	require.NoError(t, err)
	require.NotNil(t, l.Towers[1].Jump)
	assert.Equal(t, "text_blocks.1", l.Towers[1].Jump.Block)
	assert.Equal(t, "first", l.Items[0].Pick)

	f, err := store.Open(run.Dir)
	require.NoError(t, err)
	require.NoError(t, f.WriteLayers(l))
	again, err := f.ReadLayers("nan", l.RunID)
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprint(l.Towers[1].Blocks), fmt.Sprint(again.Towers[1].Blocks), "infinite numbers, too")
	assert.Equal(t, blocks.LooksWeights, again.Towers[1].Jump.Looks)
	none, err := f.ReadLayers("nan", "another run")
	require.NoError(t, err)
	assert.Nil(t, none)

	_, err = finished.Layers(t.Context(), lookAgain(cfg), run.Dir, "other")
	require.ErrorIs(t, err, finished.ErrLayers)
}

// floats is a weight of float32.
func lookAgain(cfg Config) finished.Config {
	return finished.Config{Env: cfg.Env, Art: cfg.Art, Cache: cfg.Cache, Progress: cfg.Progress}
}

func floats(name string, dims []int64, values []float32) *onnxgraph.Weight {
	g, err := onnxgraph.Parse(new(onnxtest.Graph).Floats(name, dims, values).Bytes())
	if err != nil {
		panic(err)
	}
	return g.Weights[name]
}
