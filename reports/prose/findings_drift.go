package prose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// tellingShare is the share of certain queries from which a budget says something of use.
const tellingShare = 0.9

// budgets tell, of variants that drift, how many text queries that drift cannot have changed: it
// is what makes a small drift harmless, whatever the queries.
func budgets(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, v := range facts.Identities(res) {
		certain := facts.WeightedDrift(res.Drift, v.Variant, "similarity", "rank", "certain")
		moved := facts.WeightedDrift(res.Drift, v.Variant, "similarity", "similarity", "mean_abs")
		if !v.Ok() || !(certain >= tellingShare) || moved == 0 {
			continue
		}
		low := facts.WeightedDrift(res.Drift, v.Variant, "similarity", "rank", "r1_low")
		high := facts.WeightedDrift(res.Drift, v.Variant, "similarity", "rank", "r1_high")
		out = append(out, Finding{Kind: "flip_budget", Variant: v.Variant, Text: fmt.Sprintf(
			"%s: %s %% of text queries cannot have changed at this drift, so t2i R@1 lies between %s and %s %%", v.Variant, Percent(certain), Percent(low), Percent(high))})
	}
	return out
}

// noiseFloor tells how far the reference is from itself when it is run in another way, and how
// many times that each variant has drifted.
func noiseFloor(res *store.Results, _ facts.Report) []Finding {
	ref := facts.Reference(res)
	var ways []string
	floor := facts.Number(0)
	for _, d := range res.Drift {
		way, ok := strings.CutPrefix(d.Stage, store.FloorPrefix)
		if !ok || d.Variant != ref.Variant || d.Modality != "image" || slices.Contains(ways, way) {
			continue
		}
		ways = append(ways, way)
		floor = max(floor, facts.WeightedDrift(res.Drift, ref.Variant, "image", d.Stage, "mean_abs"))
	}
	if len(ways) == 0 {
		return nil
	}
	text := fmt.Sprintf("%s: repeats itself bit for bit (%s), so any drift of a variant is its own", ref.Variant, strings.Join(ways, ", "))
	if floor > 0 {
		text = fmt.Sprintf("%s: noise floor %s (%s)", ref.Variant, Scientific(floor), strings.Join(ways, ", "))
		for _, v := range facts.Identities(res) {
			if d := facts.WeightedDrift(res.Drift, v.Variant, "image", "embedding", "mean_abs"); v.Ok() && d > 0 {
				text += fmt.Sprintf("; %s %.3g times that", v.Variant, float64(d/floor))
			}
		}
	}
	return []Finding{{Kind: "noise_floor", Variant: ref.Variant, Text: text}}
}

// notCompared is why a checkpoint has no differences, where a row says it.
func notCompared(rows []store.Drift, variant, modality, stage string) string {
	if stage == "unit" {
		stage = "embedding" // of the same shape
	}
	switch {
	case facts.WeightedDrift(rows, variant, modality, stage, "other_size") == 1:
		return "not compared: another size"
	case facts.WeightedDrift(rows, variant, modality, stage, "other_shape") == 1:
		return "not compared: another shape"
	}
	return ""
}

// otherShapes names the checkpoints at which a variant could not be compared with the reference,
// because its tensors or embeddings have another shape: their cells in the drift table are empty.
func otherShapes(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, v := range facts.Identities(res) {
		var parts []string
		add := func(text string) {
			if !slices.Contains(parts, text) {
				parts = append(parts, text)
			}
		}
		for _, d := range res.Drift {
			switch {
			case d.Variant != v.Variant || d.Value == 0:
			case d.Stat == "other_size" && d.Stage == "normalise":
				add("its pictures have another size than the reference's, so resize and normalise are not compared")
			case d.Stat == "other_shape":
				add(fmt.Sprintf("its %s embeddings have another shape than the reference's, so they are not compared", d.Modality))
			}
		}
		if len(parts) > 0 {
			out = append(out, Finding{Kind: "other_shape", Variant: v.Variant, Text: v.Variant + ": " + strings.Join(parts, "; ")})
		}
	}
	return out
}
