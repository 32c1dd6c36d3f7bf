package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// TestTransforms: one line per pipeline, with the median of the warm times, the diffs, and where they enter.
func TestTransforms(t *testing.T) {
	drift := func(variant, stage string, value float64) store.Drift {
		return store.Drift{Variant: variant, Modality: "image", Stage: stage, Stat: "mean_abs", Value: value, N: 10}
	}
	time := func(variant, format string, ms float64, warm bool) store.Timing {
		return store.Timing{Variant: variant, Phase: store.PhaseTransform, Modality: format, Items: 1, NS: int64(ms * 1e6), Warm: warm}
	}
	res := &store.Results{
		Variants: []store.Variant{
			{Variant: "ref", IsReference: true, Status: "ok", Preprocess: "original_clip"},
			{Variant: "int8", Status: "ok", Preprocess: "original_clip"},
			{Variant: "squash", Status: "ok", Preprocess: "opencv_based", PreprocessKey: "decode=opencv@5 geometry=squash"},
			{Variant: "gone", Status: "unavailable", Preprocess: "siglip"},
		},
		Drift: []store.Drift{
			drift("int8", "embedding", 9), drift("squash", "normalise", 1.2206), drift("squash", "embedding", 0.25),
			drift("squash", "swap:decode", 1), drift("squash", "swap:geometry", 3), drift("squash", "swap:all", 3),
		},
		Timings: []store.Timing{
			time("ref", "png", 99, false), time("ref", "png", 0.5, true), time("ref", "png", 0.7, true), time("ref", "png", 0.6, true), time("ref", "jpg", 0.25, true),
			time("int8", "png", 5, true), time("squash", "png", 1.5, true),
		},
	}
	s, ok := TransformSection(facts.Build(res).Transforms)
	require.True(t, ok)
	var cells [][]string
	for _, r := range s.Rows {
		cells = append(cells, r.Texts())
	}
	assert.Equal(t, [][]string{
		{"original_clip", "0.600", "0.250", "0.0000", "0.0000", "-"},
		{"opencv_based", "1.500", "-", "1.2206", "0.2500", "geometry (75 %): aspect ratio lost"},
	}, cells)
	_, ok = TransformSection(facts.Build(&store.Results{}).Transforms)
	assert.False(t, ok, "a run without timings has no such table")
}

// TestTextAttribution: the tokenizer's part in the texts' drift.
func TestTextAttribution(t *testing.T) {
	row := func(stage string, value float64) store.Drift {
		return store.Drift{Variant: "v", Modality: "text", Stage: stage, Stat: "mean_abs", Value: value, N: 10}
	}
	res := &store.Results{Variants: []store.Variant{{Variant: "v", Status: "ok"}}, Drift: []store.Drift{row("swap:model", 1), row("swap:all", 1)}}
	assert.Empty(t, found(res, "attribution"), "the model alone is told of images")
	res.Drift = append(res.Drift, row("swap:tokenizer", 3))
	assert.Equal(t, []string{"v: 75 % of its texts' drift enters at tokenizer: other token ids (mean abs diff 3.0e0 alone, 1.0e0 with all stages); " +
		"the stages interact, so the shares do not add up to the whole"}, textsOf(found(res, "attribution")))
}
