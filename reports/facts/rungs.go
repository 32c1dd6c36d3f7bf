package facts

import (
	"slices"

	"github.com/fastclip/fastclip/internal/store"
)

// Rung is a checkpoint of the drift ladder. Rungs are in the order in which a picture and a text pass
// them.
type Rung struct {
	Title, Modality, Stage string
	Scale                  float64 // the unit of a colour: pixels have steps of 8 bits, and all other values are near 1
}

func Rungs() []Rung {
	return []Rung{
		{"decode", "image", "decode", 64}, {"resize", "image", "resize", 64}, {"normalise", "image", "normalise", 1},
		{"image emb.", "image", "embedding", 1}, {"image unit", "image", "unit", 1},
		{"text emb.", "text", "embedding", 1}, {"text unit", "text", "unit", 1}, {"similarity", "similarity", "similarity", 1},
	}
}

// DriftRow is how far a variant is from the reference at a checkpoint. It holds the mean over all
// datasets, and the largest or the least value among them.
type DriftRow struct {
	Variant    string `json:"variant"`
	Modality   string `json:"modality"`
	Stage      string `json:"stage"`
	MeanAbs    Number `json:"mean_abs"`
	MaxAbs     Number `json:"max_abs"`
	P99Abs     Number `json:"p99_abs"`
	CosineMin  Number `json:"cosine_min"`
	CosineMean Number `json:"cosine_mean"`
	TimesFloor Number `json:"times_floor"` // mean_abs divided by the reference's own noise at an embedding; absent when that noise is 0 or was not measured
}

func buildDrift(res *store.Results) []DriftRow {
	rows := []DriftRow{}
	for _, v := range Compared(res) {
		for _, g := range Rungs() {
			mean := WeightedDrift(res.Drift, v.Variant, g.Modality, g.Stage, "mean_abs")
			if !mean.Known() {
				continue
			}
			row := DriftRow{
				Variant: v.Variant, Modality: g.Modality, Stage: g.Stage, MeanAbs: mean,
				MaxAbs: MostDrift(res.Drift, v.Variant, g.Modality, g.Stage, "max_abs"), P99Abs: MostDrift(res.Drift, v.Variant, g.Modality, g.Stage, "p99_abs"),
				CosineMin:  LeastDrift(res.Drift, v.Variant, g.Modality, g.Stage, "cosine_min"),
				CosineMean: WeightedDrift(res.Drift, v.Variant, g.Modality, g.Stage, "cosine_mean"), TimesFloor: Absent(),
			}
			if floor := FloorOf(res, g.Modality); g.Stage == "embedding" && floor > 0 {
				row.TimesFloor = mean / floor
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// SwapRow is a stage's own share of a variant's drift, at the image embedding.
type SwapRow struct {
	Variant string `json:"variant"`
	Stage   string `json:"stage"` // or "all" for the variant itself
	Alone   Number `json:"alone_mean_abs"`
	Left    Number `json:"left_mean_abs"` // what is left when the variant takes that stage from the reference

	Margin   *Number `json:"alone_margin,omitempty"`   // margin of Alone to each side at 95 %, when it was measured on a sample
	Measured *Number `json:"measured_share,omitempty"` // share of the pictures in that sample
}

func buildSwaps(res *store.Results) []SwapRow {
	rows := []SwapRow{}
	for _, v := range Compared(res) {
		stages := Swaps(res.Drift, v.Variant)
		if len(stages) > 0 {
			stages = append(slices.Clip(stages), "all")
		}
		for _, stage := range stages {
			row := SwapRow{
				Variant: v.Variant, Stage: stage, Alone: WeightedDrift(res.Drift, v.Variant, "image", store.SwapPrefix+stage, "mean_abs"),
				Left: WeightedDrift(res.Drift, v.Variant, "image", store.KeepPrefix+stage, "mean_abs"),
			}
			if s, ok := SampledDrift(res.Drift, v.Variant, "image", store.SwapPrefix+stage); ok {
				row.Margin, row.Measured = &s.Margin, &s.Share
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// DriftOf is a variant's mean difference at a checkpoint.
func (r Report) DriftOf(variant string, g Rung) Number {
	for _, d := range r.Drift {
		if d.Variant == variant && d.Modality == g.Modality && d.Stage == g.Stage {
			return d.MeanAbs
		}
	}
	return Absent()
}
