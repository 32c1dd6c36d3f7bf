package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/reportstest"
)

func TestFaults(t *testing.T) {
	share, cut := 0.25, int64(3)
	why := "this reference's embeddings depend on the batch"
	res := &store.Results{
		Run: store.Run{NoFloor: &why},
		Variants: []store.Variant{
			{Variant: "ref", IsReference: true, Status: "ok", Faults: []string{"d: picture embeddings depend on the batch: all"}, Runtime: "onnxruntime", ImageFile: "image.onnx"},
			{Variant: "half", Status: "ok", Precision: "fp16", PrecisionShare: &share, Provider: "cpu"},
			{Variant: "whole", Status: "ok", Precision: "fp32", PrecisionShare: &share},
		},
		Datasets: []store.Dataset{{Dataset: "d", Texts: 40, TextsCut: &cut}},
	}
	got := textsOf(found(res, "fault", "image_only", "precision", "cut_texts"))
	assert.Equal(t, []string{
		"ref (!): d: picture embeddings depend on the batch: all",
		"ref (!): no noise floor is measured, because this reference's embeddings depend on the batch: such a floor would excuse any drift",
		"ref: it has only an image tower, so it is searched from image to image only",
		"half: says fp16, but only 25 % of its arithmetic ran in that precision on provider cpu: its scores and its speed are those of another precision",
		"d: 3 of 40 texts do not fit into the token ids that some variant takes, and were cut",
	}, got)
	assert.Equal(t, "ref (reference) (!)", variantRow(facts.Identities(res)[0]).Cells[0].Text)
}

// TestFaultyDoesNotWin: what a variant with a fault gains, in scores or in speed, is no gain; the fault comes
// first. Nothing gains beside a faulty reference.
func TestFaultyDoesNotWin(t *testing.T) {
	run := func(faulty ...int) *store.Results {
		res := reportstest.Full()
		for i, q := range res.Queries { // the reference and the worst change places: all gain
			switch q.Variant {
			case "onnx/mini":
				res.Queries[i].Variant = "opencv_based/mini"
			case "opencv_based/mini":
				res.Queries[i].Variant = "onnx/mini"
			}
		}
		res.Timings = nil
		for _, v := range res.Variants[:4] {
			for rep := range int64(10) {
				ns := int64(1e6)
				if v.Variant == "opencv_based/mini" {
					ns /= 2
				}
				res.Timings = append(res.Timings, store.Timing{Variant: v.Variant, Phase: "encode", Modality: "image", Items: 1, Rep: rep, NS: ns, Warm: true})
			}
		}
		for i := range res.Variants {
			for _, f := range faulty {
				if f == i || f < 0 && res.Variants[i].Variant == "opencv_based/mini" {
					res.Variants[i].Faults = []string{"d: picture embeddings depend on the batch"}
				}
			}
		}
		return res
	}
	state := func(res *store.Results) (state, why string) {
		for _, s := range facts.Standings(facts.Build(res)) {
			if s.Variant == "opencv_based/mini" {
				state, why = s.State, Why(s)
			}
		}
		return state, why
	}
	sound := verdictsOf(run())
	assert.Equal(t, "3 of 3 variants gain score beyond noise", sound["scores"].Headline)
	assert.Equal(t, "1 of 3 variants is faster than the reference, none slower", sound["speed"].Headline)
	assert.NotContains(t, sound, "faults")

	told := Tell(run(-1))
	assert.Regexp(t, `^1 of 5 variants is faulty \(opencv_based/mini\), and its gains do not count; `, told.Summary)
	assert.Contains(t, told.Summary, "; 2 of 3 variants gain score beyond noise; ")
	assert.NotContains(t, told.Summary, "1 of 3 variants is faster")
	got, why := state(run(-1))
	assert.Equal(t, []string{facts.StandsFaulty, "d: picture embeddings depend on the batch"}, []string{got, why})

	reference := Tell(run(0, -1))
	assert.Regexp(t, `^2 of 5 variants are faulty \(.* and 1 more\), and gains beside a faulty reference do not count; `, reference.Summary)
	assert.NotContains(t, Tell(run(0)).Summary, "gain score beyond noise")
}
