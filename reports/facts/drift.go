package facts

import (
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// Interact tells whether the sum of the stages' separate effects is far from their joint effect.
func Interact(sum, all Number) bool { return all.Known() && (sum > 1.25*all || sum < 0.75*all) }

// Attribution is the stage at which most of a variant's drift enters.
type Attribution struct {
	Variant, Modality, Stage string
	Share                    Number // share of what all single stages do alone
	Alone                    Number // what that stage does alone, as mean |a-b|
	All                      Number // what all stages do together; absent where it was not measured
	Interact                 bool   // the stages interact, so their separate effects do not add up
	Key                      string // the variant's pipeline
	Margin                   Number // margin of Share when it was measured on a sample of the pictures; otherwise 0
}

// AttributionsOf has the attributions of a variant. Those of its texts come first, if the tokenizer plays
// a part, and then those of its images. It is empty when nothing was measured.
func AttributionsOf(res *store.Results, v Identity) []Attribution {
	var out []Attribution
	if !v.Ok() {
		return nil
	}
	if a, ok := textAttribution(res, v); ok {
		out = append(out, a)
	}
	sum, largest, where := Number(0), Number(0), ""
	for _, stage := range Swaps(res.Drift, v.Variant) {
		d := WeightedDrift(res.Drift, v.Variant, "image", store.SwapPrefix+stage, "mean_abs")
		sum += d
		if d > largest {
			largest, where = d, stage
		}
	}
	if !(sum > 0) {
		return out
	}
	all := WeightedDrift(res.Drift, v.Variant, "image", store.SwapPrefix+"all", "mean_abs")
	a := Attribution{v.Variant, "image", where, largest / sum, largest, all, Interact(sum, all), KeyOf(res, v.Variant), 0}
	if s, ok := SampledDrift(res.Drift, v.Variant, "image", store.SwapPrefix+where); ok {
		a.Margin = s.Margin / sum
	}
	return append(out, a)
}

func textAttribution(res *store.Results, v Identity) (Attribution, bool) {
	alone := func(stage string) Number {
		return WeightedDrift(res.Drift, v.Variant, "text", store.SwapPrefix+stage, "mean_abs")
	}
	tokens, model, all := alone("tokenizer"), alone("model"), alone("all")
	if !(tokens > 0) || !all.Known() {
		return Attribution{}, false
	}
	sum, largest, where := tokens, tokens, "tokenizer"
	if model.Known() {
		if sum += model; model > largest {
			largest, where = model, "model"
		}
	}
	return Attribution{v.Variant, "text", where, largest / sum, largest, all, Interact(sum, all), "", 0}, true
}

// KeyOf is the key of a variant's pipeline.
func KeyOf(res *store.Results, variant string) string {
	at := slices.IndexFunc(res.Variants, func(v store.Variant) bool { return v.Variant == variant })
	return res.Variants[at].PreprocessKey
}

// Swaps are the single stages that were swapped for a variant, in the order of the rows.
func Swaps(rows []store.Drift, variant string) []string {
	var out []string
	for _, d := range rows {
		stage, ok := strings.CutPrefix(d.Stage, store.SwapPrefix)
		if ok && stage != "all" && d.Variant == variant && d.Modality == "image" && d.Stat == "mean_abs" && !slices.Contains(out, stage) {
			out = append(out, stage)
		}
	}
	return out
}
