package reports

import (
	"slices"

	"github.com/fastclip/fastclip/internal/store"
)

// rung is a checkpoint of the drift ladder: what is compared, in the order in which a picture and
// a text pass it.
type rung struct {
	title, modality, stage string
	scale                  float64 // a colour's unit: pixels have steps of 8 bits, all else is near 1
}

func rungs() []rung {
	return []rung{
		{"decode", "image", "decode", 64}, {"resize", "image", "resize", 64}, {"normalise", "image", "normalise", 1},
		{"image emb.", "image", "embedding", 1}, {"image unit", "image", "unit", 1},
		{"text emb.", "text", "embedding", 1}, {"text unit", "text", "unit", 1}, {"similarity", "similarity", "similarity", 1},
	}
}

// driftRow is how far a variant is from the reference at a checkpoint: the mean over all datasets,
// and the largest, or least, of them.
type driftRow struct {
	Variant    string `json:"variant"`
	Modality   string `json:"modality"`
	Stage      string `json:"stage"`
	MeanAbs    number `json:"mean_abs"`
	MaxAbs     number `json:"max_abs"`
	P99Abs     number `json:"p99_abs"`
	CosineMin  number `json:"cosine_min"`
	CosineMean number `json:"cosine_mean"`
	TimesFloor number `json:"times_floor"` // mean_abs over the reference's own noise at an embedding; absent when that is 0 or was not measured
}

func buildDrift(res *store.Results) []driftRow {
	rows := []driftRow{}
	for _, v := range compared(res) {
		for _, g := range rungs() {
			mean := weightedDrift(res.Drift, v.Variant, g.modality, g.stage, "mean_abs")
			if !mean.known() {
				continue
			}
			row := driftRow{
				Variant: v.Variant, Modality: g.modality, Stage: g.stage, MeanAbs: mean,
				MaxAbs: mostDrift(res.Drift, v.Variant, g.modality, g.stage, "max_abs"), P99Abs: mostDrift(res.Drift, v.Variant, g.modality, g.stage, "p99_abs"),
				CosineMin:  leastDrift(res.Drift, v.Variant, g.modality, g.stage, "cosine_min"),
				CosineMean: weightedDrift(res.Drift, v.Variant, g.modality, g.stage, "cosine_mean"), TimesFloor: absent(),
			}
			if floor := floorOf(res, g.modality); g.stage == "embedding" && floor > 0 {
				row.TimesFloor = mean / floor
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// swapRow is a stage's own share of a variant's drift, at the image embedding.
type swapRow struct {
	Variant string `json:"variant"`
	Stage   string `json:"stage"` // or "all": the variant itself
	Alone   number `json:"alone_mean_abs"`
	Left    number `json:"left_mean_abs"` // the variant with that stage taken from the reference
}

func buildSwaps(res *store.Results) []swapRow {
	rows := []swapRow{}
	for _, v := range compared(res) {
		stages := swaps(res.Drift, v.Variant)
		if len(stages) > 0 {
			stages = append(slices.Clip(stages), "all")
		}
		for _, stage := range stages {
			rows = append(rows, swapRow{
				Variant: v.Variant, Stage: stage, Alone: weightedDrift(res.Drift, v.Variant, "image", store.SwapPrefix+stage, "mean_abs"),
				Left: weightedDrift(res.Drift, v.Variant, "image", store.KeepPrefix+stage, "mean_abs"),
			})
		}
	}
	return rows
}

// driftOf is a variant's mean difference at a checkpoint.
func (r report) driftOf(variant string, g rung) number {
	for _, d := range r.Drift {
		if d.Variant == variant && d.Modality == g.modality && d.Stage == g.stage {
			return d.MeanAbs
		}
	}
	return absent()
}
