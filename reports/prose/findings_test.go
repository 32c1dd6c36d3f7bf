package prose

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/reportstest"
)

// TestCoarseTests: a drop of many intervals that the resamples' least p cannot show is told.
func TestCoarseTests(t *testing.T) {
	res := reportstest.Full()
	assert.Empty(t, coarseTests(res, facts.Build(res)))
	for i := range 60 {
		name := fmt.Sprintf("v%d", i)
		res.Variants = append(res.Variants, store.Variant{Variant: name, Status: "ok"})
		s := res.Scores[1]
		s.Variant, s.PValue = name, new(0.001)
		res.Scores = append(res.Scores, s)
	}
	got := coarseTests(res, facts.Build(res))
	require.Len(t, got, 1)
	assert.Contains(t, got[0].Text, "t2i R@1: 69 comparisons are too many for p-values as coarse as 0.001")
}

func texts(found []Finding) []string {
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
			assert.Equal(t, c.want, texts(attributions(res, facts.Report{})))
		})
	}
}

func TestIdenticals(t *testing.T) {
	res := reportstest.Full()
	assert.Equal(t, []string{"onnx-trim/mini: bit-identical to the reference"}, texts(identicals(res, facts.Report{})))
	for i, d := range res.Drift {
		if d.Variant == "onnx-trim/mini" && d.Modality == "text" {
			res.Drift[i].Value = 3e-7
		}
	}
	assert.Equal(t, []string{"onnx-trim/mini: image embeddings bit-identical to the reference"}, texts(identicals(res, facts.Report{})))
}

func TestFailures(t *testing.T) {
	res := reportstest.Full()
	assert.Equal(t, []string{"fast/mini: unavailable: OpenCV is not built in: run ./task setup and then ./task build"}, texts(failedVariants(res, facts.Report{})))
	res.Variants[4].Reason = ""
	res.Variants[0].Status, res.Variants[0].Reason = "failed", "no file"
	assert.Equal(t, []string{
		"onnx/mini: failed: no file", "fast/mini: unavailable", "no variant is compared: the status of the reference onnx/mini is failed",
	}, texts(failedVariants(res, facts.Report{})))
	assert.Equal(t, []string{"no variant is compared: the run has no reference"}, texts(failedVariants(&store.Results{}, facts.Report{})))
}

func TestSkipped(t *testing.T) {
	res := reportstest.Full()
	res.Datasets[0].Skipped, res.Failures = 1, res.Failures[:1]
	assert.Equal(t, []string{
		"1 picture of one skipped for all variants alike",
		"2 pictures of two skipped for all variants alike: first: broken.png: decode: unexpected EOF",
	}, texts(skippedPictures(res, facts.Report{})))
}

func TestScoreChanges(t *testing.T) {
	res := reportstest.Full()
	res.Scores[1].PValue, res.Scores[1].Delta = new(1e-5), new(0.02) // int8/mini rises on t2i of one
	res.Scores[1].DeltaLow, res.Scores[1].DeltaHigh = new(0.01), new(0.03)
	got := texts(scoreChanges(res, facts.Build(res)))
	require.Len(t, got, perVariant+2)
	assert.Equal(t, "opencv_based/mini: t2i R@1 on one falls by 12.3 points [9.1, 15.1]", got[0], "the worst variant is first")
	assert.Equal(t, "opencv_based/mini: i2i R@1 on one falls by 12.3 points [9.1, 15.1] (and 6 more)", got[2])
	assert.Equal(t, "int8/mini: t2i R@1 on one rises by 2.0 points [1.0, 3.0]", got[3])
	assert.Equal(t, "onnx-trim/mini: no score change beyond noise (9 comparisons a direction, Holm 5 %)", got[4])
}

func TestFamilyText(t *testing.T) {
	for _, c := range []struct {
		tested []facts.Score
		want   string
	}{
		{[]facts.Score{{Direction: "t2i", Comparisons: 36}, {Direction: "t2i", Comparisons: 36}}, "36 comparisons, Holm 5 %"},
		{[]facts.Score{{Direction: "t2i", Comparisons: 36}, {Direction: "i2t", Comparisons: 36}}, "36 comparisons a direction, Holm 5 %"},
		{[]facts.Score{{Direction: "t2i", Comparisons: 36}, {Direction: "i2i", Comparisons: 12}}, "comparisons: t2i 36, i2i 12; Holm 5 %"},
	} {
		assert.Equal(t, c.want, families(c.tested))
	}
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
