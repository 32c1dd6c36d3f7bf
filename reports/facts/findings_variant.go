package facts

import (
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
)

// brokenRules names rules that every encoder must keep and a variant breaks.
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

// busyServers counts the requests that had to be sent to a variant's server again.
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

// precisions names variants whose arithmetic ran mostly in another precision than the intended one.
func precisions(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		if v.Status == store.StatusOK && v.PrecisionShare != nil && *v.PrecisionShare < leastShare(v.Precision) {
			out = append(out, Finding{"precision", v.Variant, "", OtherPrecision{v.Precision, v.Provider, Number(*v.PrecisionShare)}})
		}
	}
	return out
}

// leastShare is the share of the arithmetic that must run in a precision. Quantized models keep much of it
// in floating point by design.
func leastShare(precision string) float64 {
	switch precision {
	case "fp16", "bf16":
		return 0.5
	case "int8", "uint8":
		return 0.05
	}
	return 0
}

// Saturation names the variants whose 8-bit sums are cut off on the run's processor, and the variants
// whose sums would be cut off without their safe option.
type Saturation struct {
	Cut, Spared []SaturatedBy
	Class       string // of the processor; "" where the run does not record it
}

// SaturatedBy is how far the cut-off moves a variant's embeddings, as mean |a-b|.
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

// appendNew appends a value, as text, unless it is there already.
func appendNew(all []string, value any) []string {
	if text := fmt.Sprint(value); !slices.Contains(all, text) {
		return append(all, text)
	}
	return all
}
