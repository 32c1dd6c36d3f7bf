package facts

import (
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// The details of findings about drift. Attribution is another such detail.
type (
	// FlipBudget is the share of text queries whose outcome the drift cannot have changed, and the range
	// of R@1 that it allows.
	FlipBudget struct{ Certain, Low, High Number }
	// NoiseFloor is how far the reference is from itself when it runs in other ways, and each variant's
	// drift as a multiple of that.
	NoiseFloor struct {
		Floor Number
		Ways  []string
		Times []TimesOf
	}
	TimesOf struct {
		Variant string
		Times   Number
	}
	// OtherShape lists, in the order of the rows, what could not be compared. An empty modality stands for
	// pictures of another size, and the others for the embeddings of that modality.
	OtherShape struct{ Modalities []string }
	// Identical is a variant with the image embeddings of the reference. Texts says whether its text
	// embeddings are the same, too.
	Identical   struct{ Texts bool }
	BrokenDrift struct{ store.Drift }
)

// tellingShare is the share of certain queries from which a flip budget is useful.
const tellingShare = 0.9

// budgets reports, for variants that drift, how many text queries the drift cannot have changed. This is
// what makes a small drift harmless, whatever the queries are.
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

// otherShapes names the checkpoints at which a variant could not be compared with the reference because
// its tensors or embeddings have another shape. Their cells in the drift table are empty.
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

// attributions names the stage at which most of a variant's drift enters.
func attributions(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range Identities(res) {
		for _, a := range AttributionsOf(res, v) {
			out = append(out, Finding{"attribution", v.Variant, "", a})
		}
	}
	return out
}

// identicals names variants without any drift, or with none in their images. It leaves out variants with
// identical texts only, because those are common wherever only preprocessing differs.
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

// brokenDrift names drift that is no number. Tables can only leave it out.
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
