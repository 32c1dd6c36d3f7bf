package prose

import (
	"fmt"

	"github.com/fastclip/fastclip/internal/pipelinekey"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/why"
)

// mends say how to bring a stage to what the reference does, by what the variant has there.
func mends() map[string]string {
	return map[string]string{
		"decode=opencv":       "turn EXIF orientation off (IMREAD_IGNORE_ORIENTATION) and keep alpha, or decode with Pillow's libraries",
		"decode=go-image":     "decode JPEG with libjpeg-turbo, as Pillow does",
		"geometry=squash":     "scale the short side to the model's size and crop the centre",
		"colour=rgb-on-black": "keep alpha until after the resize, as Pillow does",
		"colour=grey":         "keep the three colours",
		"resize=opencv-cubic": "resize with antialiasing (INTER_AREA is nearest to it), or as Pillow does",
	}
}

// AdviceLines puts an advice into words. It is empty when the evidence is not plain.
func AdviceLines(a why.Advice) []string {
	switch a.Kind {
	case why.Exact:
		return []string{"Nothing: its embeddings equal the reference's bit for bit."}
	case why.Certain:
		return []string{fmt.Sprintf("Nothing: its drift cannot have changed any of the %d outcomes at K in this run.", a.Outcomes)}
	case why.Noise:
		return []string{fmt.Sprintf("Nothing: its drift of %s is %.2g times the noise floor, the difference of the reference from itself.", Scientific(a.Drift), float64(a.Times))}
	case why.Change:
		line := fmt.Sprintf("Change %s: it causes %.0f %% of the drift by itself, and with the reference's %[1]s instead %[3]s is left", a.Stage, 100*a.Share, leftText(a.Left))
		if c := Cause(a.Key, a.Stage); c != "" {
			line += fmt.Sprintf(" (%s)", c)
		}
		line += "."
		if mend := mendOf(a.Key, a.Stage); mend != "" {
			line += " To do so: " + mend + "."
		}
		return []string{line}
	}
	return []string{}
}

func leftText(left facts.Number) string {
	if left == 0 {
		return "none"
	}
	return fmt.Sprintf("%.0f %%", 100*left)
}

func mendOf(key, stage string) string {
	return mends()[stage+"="+pipelinekey.Parse(key).What(stage)]
}
