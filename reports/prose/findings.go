package prose

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/reports/facts"
)

// Finding is a finding of the facts with its sentence. Text is the whole sentence, and About is the
// sentence without the leading variant name.
type Finding struct {
	Kind    string `json:"kind"`
	Variant string `json:"variant,omitempty"`
	Dataset string `json:"dataset,omitempty"`
	Text    string `json:"text"`
	About   string `json:"-"`
}

// tell puts findings into sentences.
func tell(all []facts.Finding) []Finding {
	out := []Finding{} // never null in json
	for _, f := range all {
		lead, about := "", sentence(f)
		switch f.Detail.(type) {
		case facts.Fault, facts.NoFloor:
			lead = f.Variant + faultMark + ": "
		case facts.NoReference:
		default:
			if f.Variant != "" {
				lead = f.Variant + ": "
			}
		}
		out = append(out, Finding{f.Kind, f.Variant, f.Dataset, lead + about, about})
	}
	return out
}

// faultMark follows the name of a variant that has faults, because its numbers cannot be trusted.
const faultMark = " (!)"

// sentence is the sentence of a finding, without the name of its variant.
func sentence(f facts.Finding) string {
	switch d := f.Detail.(type) {
	case facts.Fate:
		return fate(d.Identity)
	case facts.NoReference:
		if f.Variant == "" {
			return "no variant is compared: the run has no reference"
		}
		return fmt.Sprintf("no variant is compared: the status of the reference %s is %s", f.Variant, d.Status)
	case facts.RandomWeights:
		return randomText(d)
	case facts.TakesFiles:
		return fmt.Sprintf("its encoder takes files and prepares them itself (%s): drift before the embedding cannot be seen, and encode includes decode and preprocess", d.Preprocess)
	case facts.Fault:
		return d.What
	case facts.NoFloor:
		return fmt.Sprintf("no noise floor is measured, because %s: such a floor would excuse any drift", d.Why)
	case facts.OwnTokenizer:
		return "its texts are tokenized by the model's own tokenizer, which is not CLIP's"
	case facts.ImageOnly:
		return "it has only an image tower, so it is searched from image to image only"
	case facts.Retries:
		return fmt.Sprintf("its server was busy or not there: %d requests were sent again, and the waits are in its times", d.Requests)
	case facts.OtherPrecision:
		return fmt.Sprintf("says %s, but only %.0f %% of its arithmetic ran in that precision on provider %s: its scores and its speed are those of another precision", d.Says, 100*d.Share, d.Provider)
	case facts.Saturation:
		return saturationText(d)
	}
	if text, ok := dataText(f); ok {
		return text
	}
	if text, ok := scoreText(f.Detail); ok {
		return text
	}
	return driftText(f)
}

// dataText is the sentence of a finding about a dataset. ok is false for any other finding.
func dataText(f facts.Finding) (text string, ok bool) {
	switch d := f.Detail.(type) {
	case facts.CutTexts:
		return fmt.Sprintf("%s: %d of %d texts do not fit into the token ids that some variant takes, and were cut", f.Dataset, d.Cut, d.Texts), true
	case facts.DatasetFailed:
		return fmt.Sprintf("%s left out: %s: %s", f.Dataset, d.Stage, d.Reason), true
	case facts.Skipped:
		text := fmt.Sprintf("%s of %s skipped for all variants alike", Plural(int(d.Pictures), "picture"), f.Dataset)
		if d.First != nil {
			text += fmt.Sprintf(": first: %s: %s: %s", d.First.Item, d.First.Stage, d.First.Reason)
		}
		return text, true
	case facts.PartlyUsed:
		return fmt.Sprintf("%s is not used completely: %s", f.Dataset, d.Why), true
	case facts.SuspectTexts:
		return fmt.Sprintf("%s has texts that are probably mistakes, and uses them: %s", f.Dataset, d.Why), true
	case facts.CertainScores:
		var scores []string
		for _, s := range d.Scores {
			scores = append(scores, s.Metric+" "+s.Direction)
		}
		return fmt.Sprintf("%s: %s is 100 %% by construction: the dataset has no more candidates than that (%d pictures, %d texts)",
			f.Dataset, strings.Join(scores, ", "), d.Images, d.Texts), true
	case facts.FewQueries:
		var few []string
		for _, q := range d.Queries {
			few = append(few, fmt.Sprintf("%s %d", q.Direction, q.N))
		}
		return fmt.Sprintf("%s: it has few queries (%s), so the intervals of its scores are wide and only large differences show", f.Dataset, strings.Join(few, ", ")), true
	}
	return "", false
}

// fate is the text that replaces a variant's numbers.
func fate(v facts.Identity) string {
	if v.Reason == "" {
		return v.Status
	}
	return v.Status + ": " + v.Reason
}

func randomText(d facts.RandomWeights) string {
	who := strings.Join(d.Variants, ", ")
	if len(d.Variants) > 3 {
		who = fmt.Sprintf("%d variants", len(d.Variants))
	}
	return fmt.Sprintf("%s: random weights (seed %s): their scores mean nothing and are not shown; drift and times are meaningful", who, strings.Join(d.Seeds, ", "))
}

func saturationText(d facts.Saturation) string {
	names := func(all []facts.SaturatedBy) string {
		var out []string
		for _, s := range all {
			out = append(out, fmt.Sprintf("%s (%.2g)", s.Variant, float64(s.By)))
		}
		return strings.Join(out, ", ")
	}
	class := ""
	if d.Class != "" {
		class = d.Class + ", "
	}
	var parts []string
	if len(d.Cut) > 0 {
		parts = append(parts, names(d.Cut)+
			": these numbers hold only on such processors; to avoid this, set options: {session.x64quantprecision: \"1\"}, or use a file made by models derive --kinds int8-reduce-range,int8-u8u8")
	}
	if len(d.Spared) > 0 {
		parts = append(parts, names(d.Spared)+": not affected in this run, which has session.x64quantprecision: \"1\"; without that option they would be")
	}
	return fmt.Sprintf("on this processor (%swithout VNNI) sums of 8-bit products saturate; measured on a few items, with and without the option that avoids it (mean |a-b|): %s", class, strings.Join(parts, "; "))
}
