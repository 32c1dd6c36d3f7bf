package reports

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// What makes evidence unambiguous.
const (
	byItself = 0.8 // a stage that does so much of the drift by itself
	without  = 0.2 // and leaves no more than so much when it alone is the reference's
	noise    = 3   // times the noise floor that is still the noise
)

// mends say how a stage is brought to what the reference does; by what the variant has there.
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

// advice is what to do about a variant. Where the evidence is not plain, it is nothing.
func advice(r report, own store.Variant, budgets []FlipBudget, lost bool) []string {
	drift := r.driftOf(own.Variant, rung{modality: "image", stage: "embedding"})
	text := r.driftOf(own.Variant, rung{modality: "text", stage: "embedding"})
	if drift == 0 && orZero(text) == 0 {
		return []string{"Nothing: its embeddings are the reference's to the bit."}
	}
	if len(budgets) > 0 && allCertain(budgets) {
		return []string{fmt.Sprintf("Nothing: of all %d outcomes at K of this run, its drift cannot have changed one.", outcomesIn(budgets))}
	}
	if floor := floorOf(r.res, "image"); floor > 0 && drift <= noise*floor && !(text > noise*floorOf(r.res, "text")) {
		return []string{fmt.Sprintf("Nothing: its drift of %s is %.2g times what the reference differs from itself by.", scientific(drift), float64(drift/floor))}
	}
	stage, share, left, ok := culprit(r, own.Variant)
	if !ok || !lost || stage == "model" { // no loss is shown, or what made it is the variant itself
		return []string{}
	}
	line := fmt.Sprintf("Change %s: alone it does %.0f %% of the drift, and with the reference's in its place %s is left", stage, 100*share, leftText(left))
	if c := cause(r.res, own.Variant, stage); c != "" {
		line += fmt.Sprintf(" (%s)", c)
	}
	line += "."
	if mend := mendOf(own.PreprocessKey, stage); mend != "" {
		line += " To do so: " + mend + "."
	}
	return []string{line}
}

// lostScore tells whether a variant's loss of score is real.
func lostScore(r report, variant string) bool {
	for _, v := range compared(r.res) {
		if _, real := comparisons(r, v); v.Variant == variant && len(real) > 0 && real[0].Delta < 0 {
			return true
		}
	}
	return false
}

func leftText(left number) string {
	if left == 0 {
		return "none"
	}
	return fmt.Sprintf("%.0f %%", 100*left)
}

func mendOf(key, stage string) string {
	for part := range strings.FieldsSeq(key) {
		name, value, _ := strings.Cut(part, "=")
		value, _, _ = strings.Cut(value, "@")
		if name == stage {
			return mends()[name+"="+value]
		}
	}
	return ""
}

func allCertain(budgets []FlipBudget) bool {
	for _, b := range budgets {
		if b.Certain != 1 {
			return false
		}
	}
	return true
}

func outcomesIn(budgets []FlipBudget) (n int) {
	for _, b := range budgets {
		n += b.Queries
	}
	return n
}

// culprit is the one stage that does the drift, when both ways to swap it say so. A variant that
// differs in one stage only has that one, and nothing left without it.
func culprit(r report, variant string) (stage string, share, left number, ok bool) {
	all, n := absent(), 0
	for _, s := range r.Swaps {
		if s.Variant == variant && s.Stage == "all" {
			all = s.Alone
		}
	}
	for _, s := range r.Swaps {
		if s.Variant != variant || s.Stage == "all" {
			continue
		}
		n++
		remains := s.Left / all
		if !s.Left.known() { // not measured where nothing else differs
			remains = 0
		}
		if s.Alone/all >= byItself && remains <= without {
			stage, share, left, ok = s.Stage, min(1, s.Alone/all), remains, true
		}
	}
	single := r.single(variant)
	return stage, share, left, ok && (n == 1 || single == stage)
}

// single is the only stage whose own drift is a quarter of the whole or more, or "".
func (r report) single(variant string) (stage string) {
	all := absent()
	for _, s := range r.Swaps {
		if s.Variant == variant && s.Stage == "all" {
			all = s.Alone
		}
	}
	for _, s := range r.Swaps {
		if s.Variant != variant || s.Stage == "all" || s.Alone < 0.25*all {
			continue
		}
		if stage != "" {
			return ""
		}
		stage = s.Stage
	}
	return stage
}
