package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// notCompared is why a checkpoint has no differences, where a row says it.
func notCompared(rows []store.Drift, variant, modality, stage string) string {
	if stage == "unit" {
		stage = "embedding" // of the same shape
	}
	switch {
	case weightedDrift(rows, variant, modality, stage, "other_size") == 1:
		return "not compared: another size"
	case weightedDrift(rows, variant, modality, stage, "other_shape") == 1:
		return "not compared: another shape"
	}
	return ""
}

// otherShapes names the checkpoints at which a variant could not be compared with the reference,
// because its tensors or embeddings have another shape: their cells in the drift table are empty.
func otherShapes(res *store.Results, _ report) []finding {
	var out []finding
	for _, v := range identities(res) {
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
				add("its pictures are of another size than the reference's, so that resize and normalise are not compared")
			case d.Stat == "other_shape":
				add(fmt.Sprintf("its %s embeddings are of another shape than the reference's, so that they are not compared", d.Modality))
			}
		}
		if len(parts) > 0 {
			out = append(out, finding{Kind: "other_shape", Variant: v.Variant, Text: v.Variant + ": " + strings.Join(parts, "; ")})
		}
	}
	return out
}
