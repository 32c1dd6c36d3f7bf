package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

func TestFaults(t *testing.T) {
	share, cut := 0.25, int64(3)
	res := &store.Results{
		Variants: []store.Variant{
			{Variant: "ref", IsReference: true, Status: "ok", Faults: []string{"d: picture embeddings depend on the batch: all"}, Runtime: "onnxruntime", ImageFile: "image.onnx"},
			{Variant: "half", Status: "ok", Precision: "fp16", PrecisionShare: &share, Provider: "cpu"},
			{Variant: "whole", Status: "ok", Precision: "fp32", PrecisionShare: &share},
		},
		Datasets: []store.Dataset{{Dataset: "d", Texts: 40, TextsCut: &cut}},
	}
	var got []string
	for _, find := range []func(*store.Results, facts.Report) []Finding{brokenRules, imageTowers, precisions, cutTexts} {
		for _, f := range find(res, facts.Report{}) {
			got = append(got, f.Text)
		}
	}
	assert.Equal(t, []string{
		"ref (!): d: picture embeddings depend on the batch: all",
		"ref (!): no noise floor is measured, because this reference's embeddings depend on the batch: such a floor would excuse any drift",
		"ref: it has only an image tower, so it is searched from image to image only",
		"half: says fp16, but only 25 % of its arithmetic ran in that precision on provider cpu: its scores and its speed are those of another precision",
		"d: 3 of 40 texts do not fit into the token ids that some variant takes, and were cut",
	}, got)
	assert.Equal(t, "ref (reference) (!)", variantRow(facts.Identities(res)[0]).Cells[0])
}
