package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/testenv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const processorSuite = `name: processor
reference: ref
metrics: [R@1, MRR]
resamples: 100
skip: [timing, floor, swaps, proof]
datasets: [{name: single, scenes: {objects: 1, count: 8, seed: 1}}]
variants:
  - {name: ref}
  - {name: int8, image: image.int8-channel.onnx, text: text.int8-channel.onnx}
  - {name: go_image, preprocess: go_image}
`

// TestEvalOnThisProcessor: a small run has the same scores and drift on every processor. ./task test-cpu runs it on emulated ones. Integer kernels saturate
// on some, so for int8 the drift must only be one that quantization can cause.
func TestEvalOnThisProcessor(t *testing.T) {
	testenv.Library(t, "onnxruntime")
	testenv.Library(t, "jpeg")
	dir := t.TempDir()
	t.Setenv("FASTCLIP_CACHE", filepath.Join(dir, "cache"))
	suite, run := filepath.Join(dir, "suite.yaml"), filepath.Join(dir, "run")
	require.NoError(t, os.WriteFile(suite, []byte(processorSuite), 0o644))
	code, _, stderr := fastclipRun("eval", suite, "--out", run)
	require.Equal(t, cli.ExitDone, code, stderr)
	code, stdout, stderr := fastclipRun("report", run, "--format", "csv")
	require.Equal(t, cli.ExitDone, code, stderr)
	table, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	require.NoError(t, err)
	rows := map[string]map[string]string{}
	for _, cells := range table[1:] {
		row := map[string]string{}
		for i, cell := range cells {
			row[table[0][i]] = cell
		}
		assert.Equal(t, "ok", row["status"], row)
		if row["metric"] == "R@1" {
			rows[row["variant"]] = row
		}
	}
	require.Len(t, rows, 3)
	value := func(variant, column string) float64 {
		v, err := strconv.ParseFloat(rows[variant][column], 64)
		require.NoError(t, err, "%s: %s", variant, column)
		return v
	}
	for variant, want := range map[string]map[string]float64{
		"ref":      {"t2i_single": .75, "i2t": 1, "i2i": 1},
		"go_image": {"t2i_single": .75, "i2t": 1, "i2i": 1, "t2i_top1_changed": 0, "image_mean_abs": .097664, "image_cosine_min": .93388},
	} {
		for column, v := range want {
			assert.InDelta(t, v, value(variant, column), 1e-5, "%s: %s", variant, column)
		}
	}
	assert.Greater(t, value("int8", "image_mean_abs"), 1e-3)
	assert.Greater(t, value("int8", "image_cosine_min"), .98)
}
