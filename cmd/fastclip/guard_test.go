package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxtest"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
)

// divided is an image tower that divides the smallest int64 by a whole number, and adds nothing to its embeddings. A division by -1 traps, because the
// quotient does not fit int64.
func divided(by func(g *onnxtest.Graph) string) []byte {
	g := new(onnxtest.Graph).In("pixel_values", onnxtest.Float32, "n", 3, 16, 16)
	k := int64(4)
	g.Node("AveragePool", []string{"pixel_values"}, []string{"tiles"}, onnxtest.Attr{Name: "kernel_shape", Value: []int64{k, k}}, onnxtest.Attr{Name: "strides", Value: []int64{k, k}}).
		Node("Flatten", []string{"tiles"}, []string{"flat"})
	w := make([]float32, 48*8)
	for i := range w {
		w[i] = float32((i*37)%19)/19 - 0.4
	}
	g.Floats("w", []int64{48, 8}, w).Node("MatMul", []string{"flat", "w"}, []string{"raw"}).
		Ints("one", nil, 1).Ints("least", nil, math.MinInt64).Floats("nothing", nil, []float32{0}).
		Node("Div", []string{"least", by(g)}, []string{"share"}).
		Node("Cast", []string{"share"}, []string{"float"}, onnxtest.Attr{Name: "to", Value: int64(onnxtest.Float32)}).
		Node("Mul", []string{"float", "nothing"}, []string{"zero"}).
		Node("Add", []string{"raw", "zero"}, []string{"image_embeds"})
	return g.Out("image_embeds", onnxtest.Float32, "n", 8).Bytes()
}

// TestEvalSurvives: a model that kills the process when it is loaded costs only that variant, and a picture with which a model kills the process costs only
// that picture. The rest of the run has the numbers of a run without them.
func TestEvalSurvives(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: dies often")
	}
	testenv.Library(t, "onnxruntime")
	dir := t.TempDir()
	write := func(name string, data []byte) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
	models := map[string][]byte{
		"good":  divided(func(*onnxtest.Graph) string { return "one" }),
		"loads": divided(func(g *onnxtest.Graph) string { g.Ints("never", nil, -1); return "never" }),
		"black": divided(func(g *onnxtest.Graph) string { // a black picture's greatest value is -1.48, which is truncated to -1
			g.Node("ReduceMax", []string{"pixel_values"}, []string{"most"}, onnxtest.Attr{Name: "keepdims", Value: int64(0)}).
				Node("Cast", []string{"most"}, []string{"whole"}, onnxtest.Attr{Name: "to", Value: int64(onnxtest.Int64)})
			return "whole"
		}),
	}
	suite := "name: deadly\nskip: [timing, floor, swaps, proof]\nresamples: 100\nreference: good\ndatasets: [{name: d, folder: {path: pictures}}]\nvariants:\n"
	for _, name := range []string{"good", "loads", "black"} {
		write(name+"/image.onnx", models[name])
		write(name+"/text.onnx", onnxtest.Text(8))
		suite += fmt.Sprintf("  - {name: %s, model: ./%s, batch: 1}\n", name, name)
	}
	write("s.yaml", []byte(suite))
	for i, c := range []color.Gray{{255}, {0}, {200}, {240}} {
		im := image.NewGray(image.Rect(0, 0, 20, 20))
		for p := range im.Pix {
			im.Pix[p] = c.Y
		}
		var file bytes.Buffer
		require.NoError(t, png.Encode(&file, im))
		write(fmt.Sprintf("pictures/%c/%d.png", "ab"[i%2], i), file.Bytes())
	}
	self, err := os.Executable()
	require.NoError(t, err)
	var stderr bytes.Buffer
	cmd := &exec.Cmd{Path: self, Args: []string{"fastclip", "eval", filepath.Join(dir, "s.yaml"), "--out", filepath.Join(dir, "run"), "--cache", filepath.Join(dir, "cache")}, Dir: testenv.Root(t), Stderr: &stderr, Env: append(os.Environ(), "TMPDIR="+dir)}
	err = cmd.Run()
	require.Equal(t, 1, cmd.ProcessState.ExitCode(), "%v: %s", err, &stderr)
	res, err := store.LoadRun(filepath.Join(dir, "run"))
	require.NoError(t, err)
	status := map[string]string{}
	for _, v := range res.Variants {
		status[v.Variant] = v.Status
		if v.Variant == "loads" {
			assert.Regexp(t, `^crash: its process ended \(.*\): SIGFPE: .* \(opening variants\)$`, v.Reason)
		}
	}
	assert.Equal(t, map[string]string{"good": store.StatusOK, "loads": store.StatusFailed, "black": store.StatusOK}, status)
	var crashed []string
	for _, f := range res.Failures {
		assert.Equal(t, store.StageCrash, f.Stage)
		crashed = append(crashed, f.Item)
	}
	assert.ElementsMatch(t, []string{"loads", "b/1.png"}, crashed)
	scored := map[string]bool{}
	for _, s := range res.Scores {
		scored[s.Variant] = true
	}
	assert.Equal(t, map[string]bool{"good": true, "black": true}, scored)
	assert.Equal(t, int64(3), res.Datasets[0].Images)
	assert.Regexp(t, `eval died \(opening variants, loads\): .*SIGFPE`, stderr.String())
	assert.NotContains(t, stderr.String(), "goroutine 1")
	traces, err := filepath.Glob(filepath.Join(dir, "fastclip-crash-*.txt"))
	require.NoError(t, err)
	assert.NotEmpty(t, traces)
}
