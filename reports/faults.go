package reports

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// faultMark stands behind the name of a variant that has faults: its numbers are not to be taken as
// they stand.
const faultMark = " (!)"

// brokenRules name what must hold of any encoder and does not hold of a variant.
func brokenRules(res *store.Results, _ report) []finding {
	var out []finding
	for _, v := range res.Variants {
		for _, f := range v.Faults {
			out = append(out, finding{Kind: "fault", Variant: v.Variant, Text: v.Variant + faultMark + ": " + f})
		}
		if v.IsReference && strings.Contains(strings.Join(v.Faults, " "), "depend on the batch") {
			out = append(out, finding{Kind: "fault", Variant: v.Variant, Text: v.Variant + faultMark + ": no noise floor is taken from a reference whose embeddings depend on the batch: it would excuse any drift"})
		}
	}
	return out
}

// otherTokenizers name variants whose ids are not CLIP's.
func otherTokenizers(res *store.Results, _ report) []finding {
	var out []finding
	for _, v := range res.Variants {
		if v.Status == store.StatusOK && v.Tokenizer == "model" {
			out = append(out, finding{Kind: "tokenizer", Variant: v.Variant, Text: v.Variant + ": its texts have ids by the model's own tokenizer, which is not CLIP's"})
		}
	}
	return out
}

// imageTowers name variants without a text tower.
func imageTowers(res *store.Results, _ report) []finding {
	var out []finding
	for _, v := range res.Variants {
		if v.Status == store.StatusOK && v.Runtime == "onnxruntime" && v.ImageFile != "" && v.TextFile == "" {
			out = append(out, finding{Kind: "image_only", Variant: v.Variant, Text: v.Variant + ": an image tower alone: it is searched image to image only"})
		}
	}
	return out
}

// precisions name variants most of whose arithmetic ran in another precision than theirs.
func precisions(res *store.Results, _ report) []finding {
	var out []finding
	for _, v := range res.Variants {
		if v.Status == store.StatusOK && v.PrecisionShare != nil && *v.PrecisionShare < leastShare(v.Precision) {
			out = append(out, finding{Kind: "precision", Variant: v.Variant, Text: fmt.Sprintf(
				"%s: says %s, but %.0f %% of its arithmetic ran in it on provider %s: its scores and its speed are those of another precision", v.Variant, v.Precision, 100**v.PrecisionShare, v.Provider)})
		}
	}
	return out
}

// leastShare is how much of the arithmetic has to be in a precision; of quantized models much stays in
// floating point, by design.
func leastShare(precision string) float64 {
	switch precision {
	case "fp16", "bf16":
		return 0.5
	case "int8", "uint8":
		return 0.05
	}
	return 0
}

// cutTexts count captions that did not fit.
func cutTexts(res *store.Results, _ report) []finding {
	var out []finding
	for _, d := range res.Datasets {
		if d.TextsCut != nil && *d.TextsCut > 0 {
			out = append(out, finding{Kind: "cut_texts", Dataset: d.Dataset, Text: fmt.Sprintf("%s: %d of %d texts are longer than a variant's row of ids and were cut", d.Dataset, *d.TextsCut, d.Texts)})
		}
	}
	return out
}
