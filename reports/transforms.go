package reports

import (
	"fmt"

	"github.com/fastclip/fastclip/internal/store"
)

// transformRow is a variant's line in the research notes' table: what its preprocessing costs and
// what it changes.
type transformRow struct {
	Variant   string `json:"variant"`
	Transform string `json:"transform"`      // the pipeline
	PNG       number `json:"ms_png"`         // of 2162x762 pixels to the tensor
	JPG       number `json:"ms_jpg"`         // of 640x425
	Processed number `json:"processed_diff"` // mean_abs of the tensors
	Encoded   number `json:"encode_diff"`    // mean_abs of the image embeddings, the model's part in it
	Reference bool   `json:"-"`
	Stage     string `json:"-"` // at which most of that enters; "" where it was not measured
	Share     number `json:"-"` // of what all single stages change
	Key       string `json:"-"` // the pipeline's
}

func buildTransforms(res *store.Results) []transformRow {
	rows, seen := []transformRow{}, map[string]bool{}
	for _, v := range identities(res) {
		if !v.ok() {
			continue
		}
		row := transformRow{
			Variant: v.Variant, Transform: preprocessOf(res, v.Variant), PNG: transformTime(res, v.Variant, "png"), JPG: transformTime(res, v.Variant, "jpg"),
			Processed: weightedDrift(res.Drift, v.Variant, "image", "normalise", "mean_abs"), Encoded: weightedDrift(res.Drift, v.Variant, "image", "embedding", "mean_abs"),
			Reference: v.IsReference, Key: keyOf(res, v.Variant),
		}
		if v.IsReference {
			row.Processed, row.Encoded = 0, 0
		}
		if seen[row.Transform] || !row.PNG.known() && !row.JPG.known() {
			continue // one line a pipeline: that of the first variant, which is nearest to the reference in the suite
		}
		seen[row.Transform] = true
		if stage, share, ok := largestSwap(res, v.Variant); ok {
			row.Stage, row.Share = stage, number(share)
		}
		rows = append(rows, row)
	}
	return rows
}

// largestSwap is the stage whose swap alone changes most, and its share of what all swaps change.
func largestSwap(res *store.Results, variant string) (stage string, share float64, ok bool) {
	sum, largest := number(0), number(0)
	for _, s := range swaps(res.Drift, variant) {
		d := weightedDrift(res.Drift, variant, "image", store.SwapPrefix+s, "mean_abs")
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
func transformTime(res *store.Results, variant, format string) number {
	var ms []float64
	for _, t := range res.Timings {
		if t.Variant == variant && t.Phase == store.PhaseTransform && t.Modality == format && t.Warm {
			ms = append(ms, float64(t.NS)/1e6)
		}
	}
	if len(ms) == 0 {
		return absent()
	}
	return number(median(ms))
}

func transformSection(rows []transformRow) (section, bool) {
	s := section{Title: "Transforms", Header: []string{"transform", "ms PNG", "ms JPG", "processed diff (mean)", "encode diff (mean)", "enters at"}}
	for _, t := range rows {
		s.Rows = append(s.Rows, row{
			Cells:     []string{t.Transform, milliseconds(t.PNG), milliseconds(t.JPG), plain4(t.Processed), plain4(t.Encoded), transformEntry(t)},
			Reference: t.Reference,
		})
	}
	s.Notes = []string{
		"One line a pipeline, of the first variant that has it. Times are from decoded pixels to the tensor, of a drawn PNG of 2162x762 with alpha and a drawn JPEG of 640x425 (medians). " +
			"Diffs are mean |a-b| to the reference over all datasets, of the tensors and of the image embeddings; the share is of what single stages change alone, and where stages interact it is no split of the whole.",
	}
	return s, len(s.Rows) > 0
}

// transformEntry is the stage at which most of a transform's drift enters, and why.
func transformEntry(t transformRow) string {
	if t.Stage == "" {
		return noNumber
	}
	return fmt.Sprintf("%s (%.0f %%): %s", t.Stage, 100*t.Share, Cause(t.Key, t.Stage))
}

func milliseconds(n number) string { return fixed(n, 3) }

func plain4(n number) string { return fixed(n, 4) }

func fixed(n number, digits int) string {
	if !n.known() {
		return noNumber
	}
	return fmt.Sprintf("%.*f", digits, float64(n))
}
