package facts

import (
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// The details of findings about drift. Attribution is another one.
type (
	// FlipBudget is the share of text queries that the drift cannot have changed, and the R@1 that it allows.
	FlipBudget struct{ Certain, Low, High Number }
	// NoiseFloor is how far the reference is from itself when it is run in other ways, and how many times
	// that each variant has drifted.
	NoiseFloor struct {
		Floor Number
		Ways  []string
		Times []TimesOf
	}
	TimesOf struct {
		Variant string
		Times   Number
	}
	// OtherShape says, in the order of the rows, what could not be compared: the pictures of another size (an empty
	// modality), or the embeddings of a modality.
	OtherShape struct{ Modalities []string }
	// Identical is a variant whose image embeddings are the reference's, and its texts' as well or not.
	Identical   struct{ Texts bool }
	BrokenDrift struct{ store.Drift }
)

// tellingShare is the share of certain queries from which a budget says something of use.
const tellingShare = 0.9

// budgets tell, of variants that drift, how many text queries that drift cannot have changed: it
// is what makes a small drift harmless, whatever the queries.
func budgets(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range Identities(res) {
		at := func(stat string) Number { return WeightedDrift(res.Drift, v.Variant, "similarity", "rank", stat) }
		certain := at("certain")
		moved := WeightedDrift(res.Drift, v.Variant, "similarity", "similarity", "mean_abs")
		if v.Ok() && certain >= tellingShare && moved != 0 {
			out = append(out, Finding{"flip_budget", v.Variant, "", FlipBudget{certain, at("r1_low"), at("r1_high")}})
		}
	}
	return out
}

func noiseFloor(res *store.Results, _ Report) []Finding {
	ref := Reference(res)
	var n NoiseFloor
	for _, d := range res.Drift {
		way, ok := strings.CutPrefix(d.Stage, store.FloorPrefix)
		if !ok || d.Variant != ref.Variant || d.Modality != "image" || slices.Contains(n.Ways, way) {
			continue
		}
		n.Ways = append(n.Ways, way)
		n.Floor = max(n.Floor, WeightedDrift(res.Drift, ref.Variant, "image", d.Stage, "mean_abs"))
	}
	if len(n.Ways) == 0 {
		return nil
	}
	for _, v := range Identities(res) {
		if d := WeightedDrift(res.Drift, v.Variant, "image", "embedding", "mean_abs"); n.Floor > 0 && v.Ok() && d > 0 {
			n.Times = append(n.Times, TimesOf{v.Variant, d / n.Floor})
		}
	}
	return []Finding{{"noise_floor", ref.Variant, "", n}}
}

// otherShapes names the checkpoints at which a variant could not be compared with the reference,
// because its tensors or embeddings have another shape: their cells in the drift table are empty.
func otherShapes(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range Identities(res) {
		var parts []string
		for _, d := range res.Drift {
			switch {
			case d.Variant != v.Variant || d.Value == 0:
			case d.Stat == "other_size" && d.Stage == "normalise":
				parts = appendNew(parts, "")
			case d.Stat == "other_shape":
				parts = appendNew(parts, d.Modality)
			}
		}
		if len(parts) > 0 {
			out = append(out, Finding{"other_shape", v.Variant, "", OtherShape{parts}})
		}
	}
	return out
}

// attributions tell the stage at which most of a variant's drift enters.
func attributions(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range Identities(res) {
		for _, a := range AttributionsOf(res, v) {
			out = append(out, Finding{"attribution", v.Variant, "", a})
		}
	}
	return out
}

// identicals name variants without any drift, or with none in their images: texts alone are as
// identical wherever only preprocessing differs, which is not worth a line.
func identicals(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range Identities(res) {
		image := WeightedDrift(res.Drift, v.Variant, "image", "embedding", "mean_abs")
		text := WeightedDrift(res.Drift, v.Variant, "text", "embedding", "mean_abs")
		if v.Ok() && !v.IsReference && image == 0 {
			out = append(out, Finding{"identical", v.Variant, "", Identical{Texts: text == 0}})
		}
	}
	return out
}

// KindBrokenDrift is the kind of findings about drift that is not a number.
const KindBrokenDrift = "broken_drift"

// brokenDrift names drift that is no number: tables can only leave it out.
func brokenDrift(res *store.Results, _ Report) []Finding {
	var out []Finding
	told := map[string]bool{}
	for _, d := range res.Drift {
		if told[d.Variant] || !math.IsNaN(d.Value) && !math.IsInf(d.Value, 0) {
			continue
		}
		told[d.Variant] = true
		out = append(out, Finding{KindBrokenDrift, d.Variant, d.Dataset, BrokenDrift{d}})
	}
	return out
}
