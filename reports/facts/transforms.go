package facts

import (
	"github.com/fastclip/fastclip/internal/store"
)

// TransformRow is a variant's line in the table of the research notes. It says what the preprocessing
// costs and what it changes.
type TransformRow struct {
	Variant   string `json:"variant"`
	Transform string `json:"transform"`      // the pipeline
	PNG       Number `json:"ms_png"`         // from 2162x762 pixels to the tensor
	JPG       Number `json:"ms_jpg"`         // from 640x425 pixels
	Processed Number `json:"processed_diff"` // mean_abs of the tensors
	Encoded   Number `json:"encode_diff"`    // mean_abs of the image embeddings, which includes the model's part
	Reference bool   `json:"-"`
	Stage     string `json:"-"` // the stage at which most of that enters; "" when it was not measured
	Share     Number `json:"-"` // its share of what all single stages change
	Key       string `json:"-"` // key of the pipeline
}

func buildTransforms(res *store.Results) []TransformRow {
	rows, seen := []TransformRow{}, map[string]bool{}
	for _, v := range Identities(res) {
		if !v.Ok() {
			continue
		}
		row := TransformRow{
			Variant: v.Variant, Transform: preprocessOf(res, v.Variant), PNG: transformTime(res, v.Variant, "png"), JPG: transformTime(res, v.Variant, "jpg"),
			Processed: WeightedDrift(res.Drift, v.Variant, "image", "normalise", "mean_abs"), Encoded: WeightedDrift(res.Drift, v.Variant, "image", "embedding", "mean_abs"),
			Reference: v.IsReference, Key: KeyOf(res, v.Variant),
		}
		if v.IsReference {
			row.Processed, row.Encoded = 0, 0
		}
		if seen[row.Transform] || !row.PNG.Known() && !row.JPG.Known() {
			continue // one line per pipeline: the first variant in the suite is nearest to the reference
		}
		seen[row.Transform] = true
		if stage, share, ok := largestSwap(res, v.Variant); ok {
			row.Stage, row.Share = stage, Number(share)
		}
		rows = append(rows, row)
	}
	return rows
}

// largestSwap is the stage whose swap alone changes most, with its share of what all swaps change.
func largestSwap(res *store.Results, variant string) (stage string, share float64, ok bool) {
	sum, largest := Number(0), Number(0)
	for _, s := range Swaps(res.Drift, variant) {
		d := WeightedDrift(res.Drift, variant, "image", store.SwapPrefix+s, "mean_abs")
		if sum += d; d > largest {
			largest, stage = d, s
		}
	}
	return stage, float64(largest / sum), sum > 0
}

func preprocessOf(res *store.Results, variant string) string {
	for _, v := range res.Variants {
		if v.Variant == variant {
			return v.Preprocess
		}
	}
	return ""
}

// transformTime is the median of the warm repetitions, in milliseconds.
func transformTime(res *store.Results, variant, format string) Number {
	var ms []float64
	for _, t := range res.Timings {
		if t.Variant == variant && t.Phase == store.PhaseTransform && t.Modality == format && t.Warm {
			ms = append(ms, float64(t.NS)/1e6)
		}
	}
	if len(ms) == 0 {
		return Absent()
	}
	return Number(Median(ms))
}
