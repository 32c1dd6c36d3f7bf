package why

import (
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// Thresholds for unambiguous evidence.
const (
	byItself = 0.8 // a stage causes at least this share of the drift by itself
	without  = 0.2 // and at most this share is left when that stage alone is the reference's
	noise    = 3   // a drift up to this multiple of the noise floor is noise
)

// Advice is what to do about a variant. The zero Advice means that the evidence is not plain.
type Advice struct {
	Kind        string       // Exact, Certain, Noise, Change or ""
	Outcomes    int          // Certain: number of outcomes that were checked
	Drift       facts.Number // Noise: drift of the image embedding
	Times       facts.Number // Noise: that drift as a multiple of the noise floor
	Stage       string       // Change: the stage to change
	Share, Left facts.Number // Change: share of the drift that the stage causes alone, and share left without it
	Key         string       // Change: key of the variant's pipeline
}

// Kinds of advice.
const (
	Exact   = "exact"   // no drift at all
	Certain = "certain" // the drift cannot have changed an outcome
	Noise   = "noise"   // the reference differs from itself by as much
	Change  = "change"  // one stage causes the drift
)

// Advise says what to do about a variant. It returns no advice when the evidence is not plain.
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
	if !ok || !lost || stage == "model" { // no loss is shown, or the variant's own model caused it
		return Advice{}
	}
	return Advice{Kind: Change, Stage: stage, Share: share, Left: left, Key: own.PreprocessKey}
}

// lostScore tells whether a variant lost score significantly.
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

// culprit is the one stage that causes the drift, when both ways to swap it agree. In a variant that
// differs in one stage only, that stage is the culprit and leaves no drift behind.
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
		if !s.Left.Known() { // not measured when nothing else differs
			remains = 0
		}
		if s.Alone/all >= byItself && remains <= without {
			stage, share, left, ok = s.Stage, min(1, s.Alone/all), remains, true
		}
	}
	single := single(r, variant)
	return stage, share, left, ok && (n == 1 || single == stage)
}

// single is the only stage whose own drift is at least a quarter of the whole, or "".
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
