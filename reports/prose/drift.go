package prose

import (
	"fmt"
	"math"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// tieLimit is the span in score, between the best and the worst order of ties, that is told.
const tieLimit = 0.005

// causes say what a difference in a stage of the pipeline means: by the stage and what the
// variant has there, or by the stage alone.
func causes() map[string]string {
	return map[string]string{
		"decode":                "decoded pixels differ",
		"decode=opencv":         "OpenCV applies EXIF orientation and drops alpha",
		"decode=go-image":       "Go's own JPEG decoder",
		"colour":                "colours are converted differently before the resize",
		"colour=rgb":            "converted to RGB before the resize, so transparency does not count",
		"colour=grey":           "colour lost",
		"colour=rgb-on-black":   "transparent parts blended onto black",
		"geometry":              "uses another part or shape of the picture",
		"geometry=squash":       "aspect ratio lost",
		"resize":                "other resampling filter",
		"resize=opencv-cubic":   "no antialiasing",
		"resize=opencv-lanczos": "no antialiasing",
		"normalise":             "pixel values get another scale, mean or deviation",
		"colour_order":          "red and blue are swapped",
		"model":                 "model weights, graph or runtime",
		"tokenizer":             "other token ids",
	}
}

// CauseOf is the line for what a variant has at a stage; its pipeline's key says "stage=value@version".
func CauseOf(res *store.Results, variant, stage string) string {
	return Cause(facts.KeyOf(res, variant), stage)
}

// Cause says what a pipeline with this key (preprocess.Pipeline.Key) does differently at a stage.
func Cause(key, stage string) string {
	for part := range strings.FieldsSeq(key) {
		name, value, _ := strings.Cut(part, "=")
		value, _, _ = strings.Cut(value, "@")
		if text := causes()[name+"="+value]; name == stage && text != "" {
			return text
		}
	}
	return causes()[stage]
}

// attributions tell the stage at which most of a variant's drift enters.
func attributions(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, v := range facts.Identities(res) {
		for _, a := range facts.AttributionsOf(res, v) {
			out = append(out, Finding{Kind: "attribution", Variant: v.Variant, Text: attributionText(a)})
		}
	}
	return out
}

func attributionText(a facts.Attribution) string {
	of := "its drift"
	if a.Modality == "text" {
		of = "its texts' drift"
	}
	share := fmt.Sprintf("%.0f", 100*a.Share)
	if a.Margin > 0 {
		share += fmt.Sprintf(" ± %.0f", math.Ceil(float64(100*a.Margin)))
	}
	text := fmt.Sprintf("%s: %s %% of %s enters at %s", a.Variant, share, of, entryText(a))
	if a.All.Known() {
		text += fmt.Sprintf(" (mean abs diff %s alone, %s with all stages)", Scientific(a.Alone), Scientific(a.All))
		if a.Interact {
			text += "; the stages interact, so the shares do not add up to the whole"
		}
	}
	return text
}

// entryText is the stage and what differs there.
func entryText(a facts.Attribution) string {
	if cause := Cause(a.Key, a.Stage); cause != "" {
		return a.Stage + ": " + cause
	}
	return a.Stage
}

// identicals name variants without any drift, or with none in their images: texts alone are as
// identical wherever only preprocessing differs, which is not worth a line.
func identicals(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, v := range facts.Identities(res) {
		image := facts.WeightedDrift(res.Drift, v.Variant, "image", "embedding", "mean_abs")
		text := facts.WeightedDrift(res.Drift, v.Variant, "text", "embedding", "mean_abs")
		if !v.Ok() || v.IsReference || image != 0 {
			continue
		}
		what := "image embeddings "
		if text == 0 {
			what = ""
		}
		out = append(out, Finding{Kind: "identical", Variant: v.Variant, Text: fmt.Sprintf("%s: %sbit-identical to the reference", v.Variant, what)})
	}
	return out
}

// brokenDrift names drift that is no number: tables can only leave it out.
func brokenDrift(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	told := map[string]bool{}
	for _, d := range res.Drift {
		if told[d.Variant] || !math.IsNaN(d.Value) && !math.IsInf(d.Value, 0) {
			continue
		}
		told[d.Variant] = true
		out = append(out, Finding{Kind: "broken_drift", Variant: d.Variant, Dataset: d.Dataset, Text: fmt.Sprintf(
			"%s: %s %s %s on %s is not a number: its outputs or the reference's contain NaN or infinity", d.Variant, d.Modality, d.Stage, d.Stat, d.Dataset)})
	}
	return out
}

// tieSpans tell, for each variant, the score that depends most on the order of equal similarities.
func tieSpans(res *store.Results, r facts.Report) []Finding {
	var out []Finding
	for _, v := range facts.Identities(res) {
		var worst facts.Score
		for _, s := range r.Scores {
			if s.Variant == v.Variant && s.Metric == r.Metric && s.TieHigh-s.TieLow > worst.TieHigh-worst.TieLow {
				worst = s
			}
		}
		if v.Ok() && worst.TieHigh-worst.TieLow > tieLimit {
			out = append(out, Finding{Kind: "ties", Variant: v.Variant, Dataset: worst.Dataset, Text: fmt.Sprintf(
				"%s: %s %s on %s can be anything from %s to %s, depending on the order of equal similarities",
				v.Variant, worst.Direction, worst.Metric, worst.Dataset, Percent(worst.TieLow), Percent(worst.TieHigh))})
		}
	}
	return out
}
