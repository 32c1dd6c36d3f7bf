package prose

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// faultMark stands behind the name of a variant that has faults: its numbers are not to be taken as
// they stand.
const faultMark = " (!)"

// faultVerdict counts the variants whose numbers are not to be taken as they stand; any is false where
// there are none.
func faultVerdict(res *store.Results) (v Verdict, any bool) {
	v = Verdict{Kind: "faults", State: "bad"}
	var names []string
	for _, x := range facts.Identities(res) {
		if x.Ok() && x.Faulty {
			names = append(names, x.Variant)
			v.Items = append(v.Items, x.Variant+": "+x.Fault)
		}
	}
	if len(names) == 0 {
		return v, false
	}
	who := names[0]
	if more := len(names) - 1; more > 0 {
		who += fmt.Sprintf(" and %d more", more)
	}
	v.Headline = fmt.Sprintf("%d of %s %s faulty (%s)", len(names), Plural(len(res.Variants), "variant"), be(len(names)), who)
	switch {
	case faultyReference(res):
		v.Headline += ", and gains beside a faulty reference do not count"
	case len(names) == 1:
		v.Headline += ", and its gains do not count"
	default:
		v.Headline += ", and their gains do not count"
	}
	return v, true
}

// faultyReference tells whether what all are compared with has a fault.
func faultyReference(res *store.Results) bool { return res != nil && facts.Reference(res).Faulty }

// brokenRules name what must hold of any encoder and does not hold of a variant.
func brokenRules(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		for _, f := range v.Faults {
			out = append(out, Finding{Kind: "fault", Variant: v.Variant, Text: v.Variant + faultMark + ": " + f})
		}
		if v.IsReference && strings.Contains(strings.Join(v.Faults, " "), "depend on the batch") {
			out = append(out, Finding{Kind: "fault", Variant: v.Variant, Text: v.Variant + faultMark + ": no noise floor is measured, because this reference's embeddings depend on the batch: such a floor would excuse any drift"})
		}
	}
	return out
}

// otherTokenizers name variants whose ids are not CLIP's.
func otherTokenizers(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		if v.Status == store.StatusOK && v.Tokenizer == "model" {
			out = append(out, Finding{Kind: "tokenizer", Variant: v.Variant, Text: v.Variant + ": its texts are tokenized by the model's own tokenizer, which is not CLIP's"})
		}
	}
	return out
}

// busyServers count the requests that a variant's server was sent again.
func busyServers(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		if v.Retries != nil && *v.Retries > 0 {
			out = append(out, Finding{Kind: "retries", Variant: v.Variant, Text: fmt.Sprintf(
				"%s: its server was busy or not there: %d requests were sent again, and the waits are in its times", v.Variant, *v.Retries)})
		}
	}
	return out
}

// imageTowers name variants without a text tower.
func imageTowers(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		if v.Status == store.StatusOK && v.Runtime == "onnxruntime" && v.ImageFile != "" && v.TextFile == "" {
			out = append(out, Finding{Kind: "image_only", Variant: v.Variant, Text: v.Variant + ": it has only an image tower, so it is searched from image to image only"})
		}
	}
	return out
}

// precisions name variants most of whose arithmetic ran in another precision than theirs.
func precisions(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		if v.Status == store.StatusOK && v.PrecisionShare != nil && *v.PrecisionShare < leastShare(v.Precision) {
			out = append(out, Finding{Kind: "precision", Variant: v.Variant, Text: fmt.Sprintf(
				"%s: says %s, but only %.0f %% of its arithmetic ran in that precision on provider %s: its scores and its speed are those of another precision", v.Variant, v.Precision, 100**v.PrecisionShare, v.Provider)})
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
func cutTexts(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, d := range res.Datasets {
		if d.TextsCut != nil && *d.TextsCut > 0 {
			out = append(out, Finding{Kind: "cut_texts", Dataset: d.Dataset, Text: fmt.Sprintf("%s: %d of %d texts do not fit into the token ids that some variant takes, and were cut", d.Dataset, *d.TextsCut, d.Texts)})
		}
	}
	return out
}

// randomWeights says which variants have no scores because theirs would mean nothing.
func randomWeights(res *store.Results, _ facts.Report) []Finding {
	seeds := map[string]bool{}
	var names, numbers []string
	for _, v := range res.Variants {
		if v.RandomSeed == nil {
			continue
		}
		names = append(names, v.Variant)
		if n := fmt.Sprint(*v.RandomSeed); !seeds[n] {
			seeds[n], numbers = true, append(numbers, n)
		}
	}
	if len(names) == 0 {
		return nil
	}
	who := strings.Join(names, ", ")
	if len(names) > 3 {
		who = fmt.Sprintf("%d variants", len(names))
	}
	return []Finding{{Kind: "random_weights", Text: fmt.Sprintf(
		"%s: random weights (seed %s): their scores mean nothing and are not shown; drift and times are meaningful", who, strings.Join(numbers, ", "))}}
}

// saturations is one finding about the variants whose 8-bit sums are, or would be, cut off on the
// run's processor, and what mends it.
func saturations(res *store.Results, _ facts.Report) []Finding {
	var cut, spared []string
	for _, v := range res.Variants {
		if v.Status != store.StatusOK || v.Saturation == nil || *v.Saturation == 0 {
			continue
		}
		name := fmt.Sprintf("%s (%.2g)", v.Variant, *v.Saturation)
		if v.Saturated() {
			cut = append(cut, name)
		} else {
			spared = append(spared, name)
		}
	}
	if len(cut)+len(spared) == 0 {
		return nil
	}
	class := ""
	if res.Run.CPUClass != nil {
		class = *res.Run.CPUClass + ", "
	}
	var parts []string
	if len(cut) > 0 {
		parts = append(parts, strings.Join(cut, ", ")+
			": these numbers hold only on such processors; to avoid this, set options: {session.x64quantprecision: \"1\"}, or use a file made by models derive --kinds int8-reduce-range,int8-u8u8")
	}
	if len(spared) > 0 {
		parts = append(parts, strings.Join(spared, ", ")+": not affected in this run, which has session.x64quantprecision: \"1\"; without that option they would be")
	}
	return []Finding{{Kind: "saturation", Text: fmt.Sprintf("on this processor (%swithout VNNI) sums of 8-bit products saturate, which moves embeddings (mean |a-b|): %s", class, strings.Join(parts, "; "))}}
}
