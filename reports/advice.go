package reports

import (
	"github.com/fastclip/fastclip/internal/store"
)

// What makes evidence unambiguous.
const (
	byItself = 0.8 // a stage that does so much of the drift by itself
	without  = 0.2 // and leaves no more than so much when it alone is the reference's
	noise    = 3   // times the noise floor that is still the noise
)

// Advice is what to do about a variant; the zero Advice is none, as the evidence is not plain.
type Advice struct {
	Kind        string // Exact, Certain, Noise, Change or ""
	Outcomes    int    // Certain: how many were looked at
	Drift       number // Noise: the image embedding's
	Times       number // Noise: that over the noise floor
	Stage       string // Change: what to change
	Share, Left number // Change: of the drift, by that stage alone, and without it
	Key         string // Change: the variant's pipeline
}

// Kinds of advice.
const (
	Exact   = "exact"   // no drift at all
	Certain = "certain" // the drift cannot have changed an outcome
	Noise   = "noise"   // the reference differs from itself by as much
	Change  = "change"  // one stage does it
)

// advice is what to do about a variant. Where the evidence is not plain, it is nothing.
func advice(r report, own store.Variant, budgets []FlipBudget, lost bool) Advice {
	drift := r.driftOf(own.Variant, rung{modality: "image", stage: "embedding"})
	text := r.driftOf(own.Variant, rung{modality: "text", stage: "embedding"})
	if drift == 0 && orZero(text) == 0 {
		return Advice{Kind: Exact}
	}
	if len(budgets) > 0 && allCertain(budgets) {
		return Advice{Kind: Certain, Outcomes: outcomesIn(budgets)}
	}
	if floor := floorOf(r.res, "image"); floor > 0 && drift <= noise*floor && !(text > noise*floorOf(r.res, "text")) {
		return Advice{Kind: Noise, Drift: drift, Times: drift / floor}
	}
	stage, share, left, ok := culprit(r, own.Variant)
	if !ok || !lost || stage == "model" { // no loss is shown, or what made it is the variant itself
		return Advice{}
	}
	return Advice{Kind: Change, Stage: stage, Share: share, Left: left, Key: own.PreprocessKey}
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
	single := single(r, variant)
	return stage, share, left, ok && (n == 1 || single == stage)
}

// single is the only stage whose own drift is a quarter of the whole or more, or "".
func single(r report, variant string) (stage string) {
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
