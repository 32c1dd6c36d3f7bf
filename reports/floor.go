package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// noiseFloor tells how far the reference is from itself when it is run in another way, and how
// many times that each variant has drifted.
func noiseFloor(res *store.Results, _ report) []finding {
	ref := reference(res)
	var ways []string
	floor := number(0)
	for _, d := range res.Drift {
		way, ok := strings.CutPrefix(d.Stage, store.FloorPrefix)
		if !ok || d.Variant != ref.Variant || d.Modality != "image" || slices.Contains(ways, way) {
			continue
		}
		ways = append(ways, way)
		floor = max(floor, weightedDrift(res.Drift, ref.Variant, "image", d.Stage, "mean_abs"))
	}
	if len(ways) == 0 {
		return nil
	}
	text := fmt.Sprintf("%s: repeats itself bit for bit (%s): any drift of a variant is its own", ref.Variant, strings.Join(ways, ", "))
	if floor > 0 {
		text = fmt.Sprintf("%s: noise floor %s (%s)", ref.Variant, scientific(floor), strings.Join(ways, ", "))
		for _, v := range identities(res) {
			if d := weightedDrift(res.Drift, v.Variant, "image", "embedding", "mean_abs"); v.ok() && d > 0 {
				text += fmt.Sprintf("; %s %.3g times that", v.Variant, float64(d/floor))
			}
		}
	}
	return []finding{{Kind: "noise_floor", Variant: ref.Variant, Text: text}}
}
