package prose

import (
	"fmt"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// Finding is a sentence that follows from the rows.
type Finding struct {
	Kind    string `json:"kind"`
	Variant string `json:"variant,omitempty"`
	Dataset string `json:"dataset,omitempty"`
	Text    string `json:"text"`
}

// buildFindings is a list of kinds of findings: what failed first, then what matters to scores.
func buildFindings(res *store.Results, r facts.Report) []Finding {
	out := []Finding{} // never null in json
	for _, find := range []func(*store.Results, facts.Report) []Finding{
		randomWeights, failedVariants, ownPreprocessing, brokenRules, otherTokenizers, imageTowers, precisions, busyServers, cutTexts, otherShapes, skippedPictures, unevenBalances, certainScores,
		saturations, scoreChanges, coarseTests, noiseFloor, budgets, attributions, identicals, brokenDrift, tieSpans, coarseSpeed,
	} {
		out = append(out, find(res, r)...)
	}
	return out
}

func failedVariants(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, v := range facts.Identities(res) {
		if !v.Ok() {
			out = append(out, Finding{Kind: "variant_" + v.Status, Variant: v.Variant, Text: fmt.Sprintf("%s: %s", v.Variant, fate(v))})
		}
	}
	switch ref := facts.Reference(res); {
	case ref.Variant == "":
		out = append(out, Finding{Kind: "no_reference", Text: "no variant is compared: the run has no reference"})
	case !ref.Ok():
		out = append(out, Finding{Kind: "no_reference", Variant: ref.Variant, Text: fmt.Sprintf("no variant is compared: the status of the reference %s is %s", ref.Variant, ref.Status)})
	}
	return out
}

// ownPreprocessing names the encoders that prepare pictures themselves.
func ownPreprocessing(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		if v.Status == store.StatusOK && v.EncoderPreprocess != nil {
			text := fmt.Sprintf("%s: its encoder takes files and prepares them itself (%s): drift before the embedding cannot be seen, and encode includes decode and preprocess", v.Variant, *v.EncoderPreprocess)
			out = append(out, Finding{Kind: "takes_files", Variant: v.Variant, Text: text})
		}
	}
	return out
}

// fate is what stands in place of a variant's numbers.
func fate(v facts.Identity) string {
	if v.Reason == "" {
		return v.Status
	}
	return v.Status + ": " + v.Reason
}

func skippedPictures(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	left := map[string][]store.Failure{}
	for _, f := range res.Failures {
		if f.Item == "" {
			out = append(out, Finding{Kind: "dataset_failed", Dataset: f.Dataset, Text: fmt.Sprintf("%s left out: %s: %s", f.Dataset, f.Stage, f.Reason)})
			continue
		}
		left[f.Dataset] = append(left[f.Dataset], f)
	}
	for _, d := range res.Datasets {
		n := max(d.Skipped, int64(len(left[d.Dataset])))
		if n == 0 {
			continue
		}
		noun := "pictures"
		if n == 1 {
			noun = "picture"
		}
		text := fmt.Sprintf("%d %s of %s skipped for all variants alike", n, noun, d.Dataset)
		if rows := left[d.Dataset]; len(rows) > 0 {
			text += fmt.Sprintf(": first: %s: %s: %s", rows[0].Item, rows[0].Stage, rows[0].Reason)
		}
		out = append(out, Finding{Kind: "skipped", Dataset: d.Dataset, Text: text})
	}
	return out
}

// unevenBalances tells of rows and files that are no pictures of a set, and of texts that look wrong.
func unevenBalances(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, d := range res.Datasets {
		if d.Balance != "" {
			out = append(out, Finding{Kind: "balance", Dataset: d.Dataset, Text: fmt.Sprintf("%s is not used completely: %s", d.Dataset, d.Balance)})
		}
		if d.Suspect > 0 {
			out = append(out, Finding{Kind: "suspect_texts", Dataset: d.Dataset, Text: fmt.Sprintf("%s has texts that are probably mistakes, and uses them: %s", d.Dataset, d.SuspectWhy)})
		}
	}
	return out
}
