package prose

import (
	"fmt"

	"github.com/fastclip/fastclip/reports/facts"
)

func TransformSection(rows []facts.TransformRow) (Section, bool) {
	s := Section{Title: "Transforms", Header: []string{"transform", "ms PNG", "ms JPG", "processed diff (mean)", "encode diff (mean)", "enters at"}}
	for _, t := range rows {
		s.Rows = append(s.Rows, row{
			Cells:     []Cell{text(t.Transform), number(t.PNG, milliseconds), number(t.JPG, milliseconds), number(t.Processed, plain4), number(t.Encoded, plain4), text(TransformEntry(t))},
			Reference: t.Reference,
		})
	}
	s.Notes = []string{
		"There is one line per pipeline, for the first variant that uses it. Times are medians, from decoded pixels to the tensor, for a drawn PNG of 2162x762 with alpha and a drawn JPEG of 640x425. " +
			"Diffs are the mean |a-b| to the reference over all datasets, of the tensors and of the image embeddings. The share is that of the stage in what all stages change one at a time; if stages interact, the shares do not add up to the whole.",
	}
	return s, len(s.Rows) > 0
}

// TransformEntry is the stage at which most of a transform's drift enters, and why.
func TransformEntry(t facts.TransformRow) string {
	if t.Stage == "" {
		return NoNumber
	}
	return fmt.Sprintf("%s (%.0f %%): %s", t.Stage, 100*t.Share, Cause(t.Key, t.Stage))
}

func milliseconds(n facts.Number) string { return fixed(n, 3) }

func plain4(n facts.Number) string { return fixed(n, 4) }

func fixed(n facts.Number, digits int) string {
	if !n.Known() {
		return NoNumber
	}
	return fmt.Sprintf("%.*f", digits, float64(n))
}
