package facts

import (
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
)

// brokenRules name what must hold of any encoder and does not hold of a variant.
func brokenRules(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		for _, f := range v.Faults {
			out = append(out, Finding{"fault", v.Variant, "", Fault{f}})
		}
		if v.IsReference && res.Run.NoFloor != nil {
			out = append(out, Finding{"fault", v.Variant, "", NoFloor{*res.Run.NoFloor}})
		}
	}
	return out
}

// otherTokenizers name variants whose ids are not CLIP's.
func otherTokenizers(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		if v.Status == store.StatusOK && v.Tokenizer == "model" {
			out = append(out, Finding{"tokenizer", v.Variant, "", OwnTokenizer{}})
		}
	}
	return out
}

// busyServers count the requests that a variant's server was sent again.
func busyServers(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		if v.Retries != nil && *v.Retries > 0 {
			out = append(out, Finding{"retries", v.Variant, "", Retries{*v.Retries}})
		}
	}
	return out
}

// imageTowers name variants without a text tower.
func imageTowers(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		if v.Status == store.StatusOK && v.Runtime == "onnxruntime" && v.ImageFile != "" && v.TextFile == "" {
			out = append(out, Finding{"image_only", v.Variant, "", ImageOnly{}})
		}
	}
	return out
}

// precisions name variants most of whose arithmetic ran in another precision than theirs.
func precisions(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		if v.Status == store.StatusOK && v.PrecisionShare != nil && *v.PrecisionShare < leastShare(v.Precision) {
			out = append(out, Finding{"precision", v.Variant, "", OtherPrecision{v.Precision, v.Provider, Number(*v.PrecisionShare)}})
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

// Saturation names the variants whose 8-bit sums are cut off on the run's processor, and those whose sums would be
// without their safe option.
type Saturation struct {
	Cut, Spared []SaturatedBy
	Class       string // of the processor; "" where the run does not say it
}

// SaturatedBy is how far a variant's embeddings move by it, as mean |a-b|.
type SaturatedBy struct {
	Variant string
	By      Number
}

func saturations(res *store.Results, _ Report) []Finding {
	var s Saturation
	for _, v := range res.Variants {
		if v.Status != store.StatusOK || v.Saturation == nil || *v.Saturation == 0 {
			continue
		}
		if one := (SaturatedBy{v.Variant, Number(*v.Saturation)}); v.Saturated() {
			s.Cut = append(s.Cut, one)
		} else {
			s.Spared = append(s.Spared, one)
		}
	}
	if len(s.Cut)+len(s.Spared) == 0 {
		return nil
	}
	if res.Run.CPUClass != nil {
		s.Class = *res.Run.CPUClass
	}
	return []Finding{{Kind: "saturation", Detail: s}}
}

// appendNew appends a value that is not there yet, as text.
func appendNew(all []string, value any) []string {
	if text := fmt.Sprint(value); !slices.Contains(all, text) {
		return append(all, text)
	}
	return all
}
