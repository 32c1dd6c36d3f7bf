package prose

import (
	"fmt"
	"math"
	"strings"

	"github.com/fastclip/fastclip/internal/pipelinekey"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// causes say what a difference in a stage of the pipeline means. A key is the stage with what the variant
// has there, or the stage alone.
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

// CauseOf is the explanation of what a variant has at a stage, as its pipeline's key says.
func CauseOf(res *store.Results, variant, stage string) string {
	return Cause(facts.KeyOf(res, variant), stage)
}

// Cause says what a pipeline with this key (preprocess.Pipeline.Key) does differently at a stage.
func Cause(key, stage string) string {
	if text := causes()[stage+"="+pipelinekey.Parse(key).What(stage)]; text != "" {
		return text
	}
	return causes()[stage]
}

// driftText is the sentence of a finding about drift.
func driftText(f facts.Finding) string {
	switch d := f.Detail.(type) {
	case facts.FlipBudget:
		return fmt.Sprintf("%s %% of text queries cannot have changed at this drift, so t2i R@1 lies between %s and %s %%", Percent(d.Certain), Percent(d.Low), Percent(d.High))
	case facts.NoiseFloor:
		return floorText(d)
	case facts.OtherShape:
		return shapeText(d)
	case facts.Attribution:
		return attributionText(d)
	case facts.Identical:
		if d.Texts {
			return "bit-identical to the reference"
		}
		return "image embeddings bit-identical to the reference"
	case facts.BrokenDrift:
		return fmt.Sprintf("%s %s %s on %s is not a number: its outputs or the reference's contain NaN or infinity", d.Modality, d.Stage, d.Stat, d.Dataset)
	}
	return f.Kind
}

func floorText(d facts.NoiseFloor) string {
	ways := strings.Join(d.Ways, ", ")
	if d.Floor == 0 {
		return fmt.Sprintf("repeats itself bit for bit (%s), so any drift of a variant is its own", ways)
	}
	text := fmt.Sprintf("noise floor %s (%s)", Scientific(d.Floor), ways)
	for _, t := range d.Times {
		text += fmt.Sprintf("; %s %.3g times that", t.Variant, float64(t.Times))
	}
	return text
}

func shapeText(d facts.OtherShape) string {
	var parts []string
	for _, m := range d.Modalities {
		if m == "" {
			parts = append(parts, "its pictures have another size than the reference's, so resize and normalise are not compared")
			continue
		}
		parts = append(parts, fmt.Sprintf("its %s embeddings have another shape than the reference's, so they are not compared", m))
	}
	return strings.Join(parts, "; ")
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
	text := fmt.Sprintf("%s %% of %s enters at %s", share, of, entryText(a))
	if a.All.Known() {
		text += fmt.Sprintf(" (mean abs diff %s alone, %s with all stages)", Scientific(a.Alone), Scientific(a.All))
		if a.Interact {
			text += "; the stages interact, so the shares do not add up to the whole"
		}
	}
	return text
}

// entryText names the stage and what differs there.
func entryText(a facts.Attribution) string {
	if cause := Cause(a.Key, a.Stage); cause != "" {
		return a.Stage + ": " + cause
	}
	return a.Stage
}
