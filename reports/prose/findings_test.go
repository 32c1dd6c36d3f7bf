package prose

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/reportstest"
)

// TestCoarseTests: a fall of many intervals that so few groups of queries cannot show is told.
func TestCoarseTests(t *testing.T) {
	res := reportstest.Full()
	assert.Empty(t, found(res, "coarse_test"))
	for i := range res.Queries {
		res.Queries[i].Group = int64(i % 4)
		if res.Queries[i].Direction != "t2i" || res.Queries[i].Dataset != "one" {
			res.Queries[i].Metric = "other"
		}
	}
	got := found(res, "coarse_test")
	require.Len(t, got, 1)
	assert.Contains(t, got[0].Text, "opencv_based/mini: R@1 moved by -12.2 points over all searches, which its queries cannot show")
}

// found are the findings of a run of some kinds, in words.
func found(res *store.Results, kinds ...string) []Finding {
	var out []Finding
	for _, f := range tell(facts.Build(res).Findings) {
		if slices.Contains(kinds, f.Kind) {
			out = append(out, f)
		}
	}
	return out
}

func textsOf(found []Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.Text)
	}
	return out
}

func TestAttributions(t *testing.T) {
	swap := func(stage string, value float64) store.Drift {
		return store.Drift{Variant: "v", Modality: "image", Stage: stage, Stat: "mean_abs", Value: value, N: 10}
	}
	for _, c := range []struct {
		name string
		rows []store.Drift
		want []string
	}{
		{"none", nil, nil},
		{"embedding alone", []store.Drift{swap("embedding", 1)}, nil},
		{"zero", []store.Drift{swap("swap:model", 0), swap("swap:all", 0)}, nil},
		{"whole alone", []store.Drift{swap("swap:all", 1)}, nil},
		{"one", []store.Drift{swap("swap:model", 3e-6), swap("swap:colour", 1e-6)}, []string{"v: 75 % of its drift enters at model: model weights, graph or runtime"}},
		{"datasets weigh by n", []store.Drift{swap("swap:resize", 0), swap("swap:resize", 4), swap("swap:decode", 3), swap("swap:decode", 3)},
			[]string{"v: 60 % of its drift enters at decode: decoded pixels differ"}},
		{"unknown stage", []store.Drift{swap("swap:new", 1), swap("swap:all", 1)},
			[]string{"v: 100 % of its drift enters at new (mean abs diff 1.0e0 alone, 1.0e0 with all stages)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := &store.Results{Variants: []store.Variant{{Variant: "v", Status: "ok"}}, Drift: c.rows}
			assert.Equal(t, c.want, textsOf(found(res, "attribution")))
		})
	}
}

func TestIdenticals(t *testing.T) {
	res := reportstest.Full()
	assert.Equal(t, []string{"onnx-trim/mini: bit-identical to the reference"}, textsOf(found(res, "identical")))
	for i, d := range res.Drift {
		if d.Variant == "onnx-trim/mini" && d.Modality == "text" {
			res.Drift[i].Value = 3e-7
		}
	}
	assert.Equal(t, []string{"onnx-trim/mini: image embeddings bit-identical to the reference"}, textsOf(found(res, "identical")))
}

func TestFailures(t *testing.T) {
	res := reportstest.Full()
	assert.Equal(t, []string{"fast/mini: unavailable: OpenCV is not built in: run ./task setup and then ./task build"}, textsOf(found(res, "variant_failed", "variant_unavailable", "no_reference")))
	res.Variants[4].Reason = ""
	res.Variants[0].Status, res.Variants[0].Reason = "failed", "no file"
	assert.Equal(t, []string{
		"onnx/mini: failed: no file", "fast/mini: unavailable", "no variant is compared: the status of the reference onnx/mini is failed",
	}, textsOf(found(res, "variant_failed", "variant_unavailable", "no_reference")))
	assert.Equal(t, []string{"no variant is compared: the run has no reference"}, textsOf(found(&store.Results{}, "variant_failed", "variant_unavailable", "no_reference")))
}

func TestSkipped(t *testing.T) {
	res := reportstest.Full()
	res.Datasets[0].Skipped, res.Failures = 1, res.Failures[:1]
	assert.Equal(t, []string{
		"1 picture of one skipped for all variants alike",
		"2 pictures of two skipped for all variants alike: first: broken.png: decode: unexpected EOF",
	}, textsOf(found(res, "skipped", "dataset_failed")))
}

func TestScoreChanges(t *testing.T) {
	res := reportstest.Full()
	got := textsOf(found(res, "score_change", "no_score_change"))
	require.Len(t, got, 5)
	assert.Equal(t, "opencv_based/mini: R@1 over all searches falls by 12.3 points [11.0, 13.5]", got[0], "the variant is first, then its worst")
	assert.Regexp(t, `^opencv_based/mini: .* on one falls by 12.3 points \[9.1, 15.1\] \(and 7 more\)$`, got[2])
	assert.Regexp(t, `^int8/mini: no score change beyond noise \(tested over all its searches: p 1 of 3 tests, 5 %\); the nearest to one, `, got[3])
	assert.Equal(t, "onnx-trim/mini: no score change beyond noise (tested over all its searches: p 1 of 3 tests, 5 %)", got[4])
}

// Scores of random weights are not shown; drift and times are.
func TestRandomWeights(t *testing.T) {
	seed := int64(3)
	res := reportstest.Full()
	for i := range res.Variants {
		res.Variants[i].RandomSeed = &seed
	}
	r := Tell(res)
	assert.Equal(t, "random_weights", r.Findings[0].Kind)
	assert.Contains(t, r.Findings[0].Text, "5 variants: random weights (seed 3)")
	for _, p := range r.Performance {
		for _, c := range p.Scores {
			assert.False(t, c.Value.Known(), "%s in %s", p.Variant, c.Column)
		}
	}
	assert.Empty(t, r.Scores)
	assert.NotEmpty(t, r.Drift)
	assert.NotEmpty(t, r.Speed[0].Rows)
	for _, f := range r.Findings {
		assert.NotContains(t, f.Text, "R@1")
	}
}
