// Package reportstest holds invented runs for the tests of reports.
package reportstest

import (
	"fmt"
	"math"
	"time"

	"github.com/fastclip/fastclip/internal/store"
)

// variantNames are the variants of the full fixture, without the reference and the unavailable one.
var variantNames = []string{"int8/mini", "onnx-trim/mini", "opencv_based/mini"}

// Full is a run with every kind of row.
func Full() *store.Results {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	res := &store.Results{
		Run: store.Run{
			RunID: "20260102-030405", StartedAt: start, FinishedAt: start.Add(95 * time.Second), ToolVersion: "v0.1.0", Suite: "default",
			Host: "box", OS: "linux", Arch: "amd64", CPUModel: "a CPU", Cores: 2, Threads: 1, Status: "failed",
		},
		Variants: []store.Variant{
			{Variant: "onnx/mini", IsReference: true, Status: "ok", Runtime: "onnxruntime", RuntimeVersion: "1.32.0", Provider: "cpu", Providers: onCPU(100, 0)},
			{Variant: "int8/mini", Status: "ok", Runtime: "onnxruntime", RuntimeVersion: "1.32.0", Provider: "cuda", Providers: onCPU(7, 93)},
			{Variant: "onnx-trim/mini", Status: "ok"},
			{Variant: "opencv_based/mini", Status: "ok", PreprocessKey: "decode=pillow@13.0.0 geometry=squash resize=opencv-cubic@4.6.0"},
			{Variant: "fast/mini", Status: "unavailable", Reason: "OpenCV is not built in: run ./task setup and then ./task build"},
		},
		Failures: []store.Failure{
			{Dataset: "two", Item: "broken.png", Stage: "decode", Reason: "unexpected EOF"},
			{Dataset: "two", Item: "gone.png", Stage: "load", Reason: "no such file"},
			{Dataset: "mine", Stage: "open", Reason: "pictures: no such folder"},
		},
	}
	for i, arity := range []string{"single", "double", "triple"} {
		name := []string{"one", "two", "three"}[i]
		res.Datasets = append(res.Datasets, store.Dataset{Dataset: name, Arity: arity, Images: 500, Texts: 40})
		for k, direction := range []string{"t2i", "i2t", "i2i"} {
			addScores(res, name, arity, direction, 0.5-0.1*float64(i)+0.05*float64(k))
		}
		addDrift(res, name)
	}
	res.Datasets[1].Skipped = 2
	addTimings(res)
	return res
}

func addScores(res *store.Results, dataset, arity, direction string, value float64) {
	ref := store.Score{
		Dataset: dataset, Arity: arity, Variant: "onnx/mini", Direction: direction, Metric: "R@1", Value: value,
		CILow: value - 0.04, CIHigh: value + 0.042, TieLow: value - 0.01, TieHigh: value + 0.002, NQueries: 400,
	}
	res.Scores = append(res.Scores, ref)
	AddQueries(res, ref)
	for i, name := range variantNames {
		s, delta := ref, []float64{-0.002, 0, -0.123}[i]
		s.Variant, s.Value, s.TieLow, s.TieHigh = name, value+delta, value+delta, value+delta
		s.Delta, s.DeltaLow, s.DeltaHigh = new(delta), new(delta-0.028), new(delta+0.032)
		s.PValue = new([]float64{0.6, 1, 0.001}[i])
		res.Scores = append(res.Scores, s)
		AddQueries(res, s)
		s.Metric, s.Value = "MAP", value+0.1
		res.Scores = append(res.Scores, s)
	}
}

// AddQueries adds a score's queries. The first of them are hits, as many as the score says.
func AddQueries(res *store.Results, s store.Score) {
	for q := range s.NQueries {
		row := store.Query{Dataset: s.Dataset, Variant: s.Variant, Direction: s.Direction, Metric: s.Metric, QueryID: fmt.Sprint("q", q), Group: q}
		if float64(q) < s.Value*float64(s.NQueries) {
			row.Value = 1
		}
		res.Queries = append(res.Queries, row)
	}
}

// onCPU is the providers of a variant whose towers each have cpu nodes on the CPU and cuda nodes on CUDA.
func onCPU(cpu, cuda int) *string {
	share := fmt.Sprintf(`{"provider":"CPU","nodes":%d,"node_share":%.2f,"time_share":%.2f}`, cpu, float64(cpu)/100, float64(cpu)/100)
	if cuda > 0 {
		share += fmt.Sprintf(`,{"provider":"CUDA","nodes":%d,"node_share":%.2f,"time_share":%.2f}`, cuda, float64(cuda)/100, float64(cuda)/100)
	}
	all := fmt.Sprintf(`{"image":[%s],"text":[%s]}`, share, share)
	return &all
}

func addDrift(res *store.Results, dataset string) {
	row := func(variant, modality, stage, stat string, value float64, n int64) {
		res.Drift = append(res.Drift, store.Drift{
			Dataset: dataset, Variant: variant, Reference: "onnx/mini", Modality: modality, Stage: stage, Stat: stat, Value: value, N: n,
		})
	}
	for i, name := range variantNames {
		row(name, "image", "embedding", "mean_abs", []float64{9.4e-6, 0, 0.0123}[i], 64000)
		row(name, "image", "embedding", "cosine_min", []float64{0.99998, 1, 0.8123}[i], 500)
		row(name, "text", "embedding", "mean_abs", []float64{8e-6, 0, 0}[i], 5120)
		row(name, "similarity", "rank", "top1_changed", []float64{0.01, 0, 0.31}[i], 40)
	}
	row("opencv_based/mini", "image", "swap:decode", "mean_abs", 0, 6400)
	row("opencv_based/mini", "image", "swap:geometry", "mean_abs", 0.0118, 6400)
	row("opencv_based/mini", "image", "swap:resize", "mean_abs", 0.00024, 6400)
	row("opencv_based/mini", "image", "swap:all", "mean_abs", 0.0121, 6400)
}

// addTimings adds a slow first repetition, which is a warm-up, and one unsteady phase.
func addTimings(res *store.Results) {
	for _, table := range []struct {
		Modality string
		Phases   []string
	}{
		{"image", []string{"load", "decode", "preprocess", "encode", "to_output"}},
		{"text", []string{"tokenize", "encode", "to_output"}},
	} {
		for i, name := range append([]string{"onnx/mini"}, variantNames...) {
			for rep := range int64(5) {
				for k, phase := range table.Phases {
					ms := float64(k+1) * (1 + 0.25*float64(i)) * (1 + 0.01*float64(rep))
					if phase == "load" {
						ms = []float64{9, 0.01, 0.02, 0.01, 0.05}[rep]
					}
					if rep == 0 {
						ms *= 50
					}
					res.Timings = append(res.Timings, store.Timing{
						Variant: name, Phase: phase, Modality: table.Modality, Batch: []int64{32, 32, 32, 1}[i], Threads: 1, Rep: rep,
						Items: 32, NS: int64(math.Round(ms * 32e6)), Warm: rep > 0,
					})
				}
			}
		}
	}
}

// ReferenceFailed is a run in which nothing can be compared.
func ReferenceFailed() *store.Results {
	res := Full()
	res.Variants[0].Status, res.Variants[0].Reason = "failed", "model: checksum differs"
	var rest []store.Score
	for _, s := range res.Scores {
		if s.Variant != "onnx/mini" {
			s.Delta, s.DeltaLow, s.DeltaHigh, s.PValue = nil, nil, nil, nil
			rest = append(rest, s)
		}
	}
	res.Scores, res.Drift, res.Failures = rest, nil, nil
	return res
}

// NoArity is a run on datasets of the user's own. Only one of them has a known arity.
func NoArity() *store.Results {
	res := Full()
	for i := range res.Datasets {
		res.Datasets[i].Arity = []string{"", "single", "single"}[i]
	}
	res.Variants, res.Timings = res.Variants[:3], nil
	return res
}

// Hostile is a run with names that try to break formats.
func Hostile() *store.Results {
	evil := "<script>alert('x')</script>|&amp;\n\x1b[31m`*a*`"
	res := Full()
	res.Run.Suite, res.Run.Host = evil, evil
	for i := range res.Datasets {
		res.Datasets[i].Arity, res.Datasets[i].Dataset = "", evil
	}
	for i := range res.Variants {
		res.Variants[i].Reason += evil
	}
	for i := range res.Scores {
		res.Scores[i].Dataset = evil
	}
	for i := range res.Queries {
		res.Queries[i].QueryID, res.Queries[i].Dataset = res.Queries[i].Dataset+res.Queries[i].QueryID, evil
	}
	res.Variants[1].Variant, res.Variants[1].Status, res.Variants[1].Runtime = evil, "failed", evil
	broken := "[1]"
	res.Variants[2].Providers = &broken
	res.Failures[0].Dataset, res.Failures[0].Item, res.Failures[0].Reason = evil, evil, evil
	res.Drift[0].Value = math.NaN()
	return res
}

// Empty is a run with nothing but its own row.
func Empty() *store.Results {
	return &store.Results{Run: store.Run{RunID: "r", Suite: "s", Status: "ok"}}
}

// Alone is a run with only the reference.
func Alone() *store.Results {
	res := Full()
	res.Variants, res.Drift = res.Variants[:1], nil
	return res
}
