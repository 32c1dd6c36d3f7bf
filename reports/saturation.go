package reports

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// saturations is one finding about the variants whose 8-bit sums are, or would be, cut off on the
// run's processor, and what mends it.
func saturations(res *store.Results, _ report) []finding {
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
			": these numbers hold on such processors only; options: {session.x64quantprecision: \"1\"} mends it, or a file of models derive --kinds int8-reduce-range,int8-u8u8")
	}
	if len(spared) > 0 {
		parts = append(parts, strings.Join(spared, ", ")+": not in this run, which has session.x64quantprecision: \"1\"; without it they would")
	}
	return []finding{{Kind: "saturation", Text: fmt.Sprintf("on this processor (%swithout VNNI) sums of 8-bit products saturate, which moves embeddings (mean |a-b|): %s", class, strings.Join(parts, "; "))}}
}
