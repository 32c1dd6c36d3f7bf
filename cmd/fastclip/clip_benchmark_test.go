package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/internal/native"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
)

// TestClipBenchmark evaluates one model on generated sets with CLIP_benchmark and with fastclip, and
// prints both with their times. FASTCLIP_CLIP_BENCHMARK is the folder of a model exported from open_clip:
//
//	fastclip models export open_clip:ViT-B-32-quickgelu:random@0 --out DIR
//	FASTCLIP_CLIP_BENCHMARK=DIR go test ./cmd/fastclip -run ClipBenchmark -v -timeout 60m
//
// It needs PyTorch, which uv fetches, and minutes.
func TestClipBenchmark(t *testing.T) {
	model := os.Getenv("FASTCLIP_CLIP_BENCHMARK")
	if model == "" {
		t.Skip("FASTCLIP_CLIP_BENCHMARK names no exported model: this test needs one, and PyTorch")
	}
	model, err := filepath.Abs(model)
	require.NoError(t, err)
	testenv.Library(t, "onnxruntime")
	uv, err := native.Find("uv")
	require.NoError(t, err)
	for _, c := range []struct {
		name, make string
		templates  []string
		pairs      [][3]string // CLIP_benchmark's metric, then our direction and metric
	}{
		{"retrieval", "--objects 2 --count 128 --size 640x425 --captions 5", nil, [][3]string{
			{"image_retrieval_recall@1", "t2i", "R@1"}, {"image_retrieval_recall@5", "t2i", "R@5"}, {"image_retrieval_recall@10", "t2i", "R@10"},
			{"text_retrieval_recall@1", "i2t", "R@1"}, {"text_retrieval_recall@5", "i2t", "R@5"}, {"text_retrieval_recall@10", "i2t", "R@10"},
		}},
		{"classification", "--objects 1 --count 128 --size 640x425", []string{"a photo of a {c}.", "a drawing of the {c}.", "{c}"}, [][3]string{
			{"acc1", "i2t", score.AccTop1}, {"acc5", "i2t", score.AccTop5}, {"mean_per_class_recall", "i2t", score.PerClassTop1},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			set := filepath.Join(dir, "set")
			fastclipIn(t, dir, append(strings.Fields("datasets make scenes "+c.make), "--out", set)...)
			templates := "[]"
			if len(c.templates) > 0 {
				data, err := json.Marshal(c.templates)
				require.NoError(t, err)
				templates = string(data)
				require.NoError(t, os.WriteFile(filepath.Join(set, "zeroshot_classification_templates.txt"), []byte(strings.Join(c.templates, "\n")), 0o644))
			}
			metrics, seconds := clipBenchmark(t, uv, set, filepath.Join(model, "open_clip_model.safetensors"))

			suite := filepath.Join(dir, "suite.yaml")
			require.NoError(t, os.WriteFile(suite, fmt.Appendf(nil, `name: clip-benchmark
timing: {items: 1, rounds: 1, warmup: 0}
datasets:
  - {name: photos, templates: %s, webdataset: {shards: %q}}
variants:
  - {name: onnx, model: %q, threads: 2}
`, templates, filepath.Join(set, "test", "0.tar"), model), 0o644))
			start := time.Now()
			fastclipIn(t, dir, "eval", suite, "--scores-only", "--out", filepath.Join(dir, "run"))
			took := time.Since(start)
			res, err := store.LoadRun(filepath.Join(dir, "run"), store.TableScores)
			require.NoError(t, err)

			var table strings.Builder
			w := tabwriter.NewWriter(&table, 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "\nCLIP_benchmark\t\tfastclip eval --scores-only\t\tqueries")
			for _, p := range c.pairs {
				want, found := metrics[p[0]], 0
				for _, s := range res.Scores {
					if s.Direction == p[1] && s.Metric == p[2] {
						found++
						fmt.Fprintf(w, "%s\t%.4f\t%s %s\t%.4f\t%d\n", p[0], want, s.Direction, s.Metric, s.Value, s.NQueries)
						assert.InDelta(t, want, s.Value, 1e-6, p[0]) // CLIP_benchmark's value is a float32
					}
				}
				assert.Equal(t, 1, found, "%s %s", p[1], p[2])
			}
			fmt.Fprintf(w, "seconds\t%.1f\t\t%.1f\t\n", seconds, took.Seconds())
			require.NoError(t, w.Flush())
			t.Log(table.String())
		})
	}
}

// clipBenchmark returns CLIP_benchmark's results on a set, and the seconds that its command took.
func clipBenchmark(t *testing.T, uv, set, weights string) (map[string]float64, float64) {
	t.Helper()
	script := exec.CommandContext(t.Context(), uv, "run", "-q", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "clip_benchmark.py"), set, weights)
	var problem bytes.Buffer
	script.Stderr = &problem
	out, err := script.Output()
	require.NoError(t, err, problem.String())
	var theirs struct {
		Metrics map[string]json.RawMessage
		Seconds float64
	}
	require.NoError(t, json.Unmarshal(out, &theirs))
	metrics := map[string]float64{}
	for name, raw := range theirs.Metrics {
		var v float64
		if json.Unmarshal(raw, &v) == nil { // other values are lists
			metrics[name] = v
		}
	}
	return metrics, theirs.Seconds
}

// fastclipIn runs a command that must succeed.
func fastclipIn(t *testing.T, cache string, args ...string) string {
	t.Helper()
	t.Setenv("FASTCLIP_CACHE", filepath.Join(cache, "cache"))
	var out, problem bytes.Buffer
	require.Zero(t, run(t.Context(), args, nil, &out, &problem), "fastclip %s: %s", strings.Join(args, " "), problem.String())
	return out.String()
}
