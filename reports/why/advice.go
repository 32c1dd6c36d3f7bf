package why

import (
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// What makes evidence unambiguous.
const (
	byItself = 0.8 // a stage that does so much of the drift by itself
	without  = 0.2 // and leaves no more than so much when it alone is the reference's
	noise    = 3   // times the noise floor that is still the noise
)

// Advice is what to do about a variant; the zero Advice is none, as the evidence is not plain.
type Advice struct {
	Kind        string       // Exact, Certain, Noise, Change or ""
	Outcomes    int          // Certain: how many were looked at
	Drift       facts.Number // Noise: the image embedding's
	Times       facts.Number // Noise: that over the noise floor
	Stage       string       // Change: what to change
	Share, Left facts.Number // Change: of the drift, by that stage alone, and without it
	Key         string       // Change: the variant's pipeline
}

// Kinds of advice.
const (
	Exact   = "exact"   // no drift at all
	Certain = "certain" // the drift cannot have changed an outcome
	Noise   = "noise"   // the reference differs from itself by as much
	Change  = "change"  // one stage does it
)

// Advise says what to do about a variant. Where the evidence is not plain, it is nothing.
func Advise(r facts.Report, own store.Variant, budgets []FlipBudget, lost bool) Advice {
	drift := r.DriftOf(own.Variant, facts.Rung{Modality: "image", Stage: "embedding"})
	text := r.DriftOf(own.Variant, facts.Rung{Modality: "text", Stage: "embedding"})
	if drift == 0 && facts.OrZero(text) == 0 {
		return Advice{Kind: Exact}
	}
	if len(budgets) > 0 && allCertain(budgets) {
		return Advice{Kind: Certain, Outcomes: outcomesIn(budgets)}
	}
	if floor := facts.FloorOf(r.Res, "image"); floor > 0 && drift <= noise*floor && !(text > noise*facts.FloorOf(r.Res, "text")) {
		return Advice{Kind: Noise, Drift: drift, Times: drift / floor}
	}
	stage, share, left, ok := culprit(r, own.Variant)
	if !ok || !lost || stage == "model" { // no loss is shown, or what made it is the variant itself
		return Advice{}
	}
	return Advice{Kind: Change, Stage: stage, Share: share, Left: left, Key: own.PreprocessKey}
}

// lostScore tells whether a variant's loss of score is real.
func lostScore(r facts.Report, variant string) bool {
	for _, v := range facts.Compared(r.Res) {
		if _, real := facts.Comparisons(r, v); v.Variant == variant && len(real) > 0 && real[0].Delta < 0 {
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
func culprit(r facts.Report, variant string) (stage string, share, left facts.Number, ok bool) {
	all, n := facts.Absent(), 0
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
		if !s.Left.Known() { // not measured where nothing else differs
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
func single(r facts.Report, variant string) (stage string) {
	all := facts.Absent()
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
