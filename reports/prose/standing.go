package prose

import (
	"fmt"

	"github.com/fastclip/fastclip/reports/facts"
)

// Why says in one line what decided how a variant stands.
func Why(s facts.Standing) string {
	switch s.State {
	case facts.StandsFaulty:
		return s.Fault
	case facts.StandsReference:
		if s.Faulty {
			return s.Fault
		}
		return "all others are compared with it"
	case facts.StandsFailed, facts.StandsAway:
		if s.Reason == "" {
			return s.Status
		}
		return s.Reason
	case facts.StandsWorse, facts.StandsBetter:
		return fmt.Sprintf("%s %s points [%s, %s]", brief(*s.Decides), Points(s.Decides.Delta), Points(s.Decides.DeltaLow), Points(s.Decides.DeltaHigh))
	case facts.StandsSlower:
		by := s.Image
		if s.Slow == "text" {
			by = s.Text
		}
		return s.Slow + " " + speedup(by)
	case facts.StandsSame:
		return "its embeddings are the reference's, to the bit"
	}
	return noiseText(s)
}

// noiseText says why drift is noise: it is within the floor, or no score shows it.
func noiseText(s facts.Standing) string {
	drift := ""
	switch {
	case s.Moved == nil:
	case s.Moved.Within:
		drift = fmt.Sprintf("drift %s is within the noise floor", Scientific(s.Moved.By()))
	case s.Moved.Queries > 0:
		drift = fmt.Sprintf("%d of %d top hits changed", s.Moved.Changed, s.Moved.Queries)
	}
	switch {
	case s.Decides == nil && drift == "":
		return "nothing of it was compared"
	case s.Decides == nil:
		return drift + ", no score compared"
	case s.Moved != nil && s.Moved.Within:
		return drift
	}
	text := fmt.Sprintf("%s %s points, p %.2g", brief(*s.Decides), Points(s.Decides.Delta), float64(s.Decides.PHolm))
	if drift != "" {
		text += ", " + drift
	}
	return text
}

// brief names a score. It leaves out the scope of a score over all searches.
func brief(s facts.Score) string {
	if s.Direction == facts.All {
		return s.Metric
	}
	return where(s)
}

// Times writes a ratio to the reference's time briefly: 0.63x.
func Times(n facts.Number) string {
	if !n.Known() {
		return NoNumber
	}
	return fmt.Sprintf("%.2fx", float64(n))
}
