package gate

import (
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/judge/history"
)

// What a policy makes of a level that became worse on a night since the baseline, as history finds it.
const (
	StepsNote = "note"
	StepsFail = "fail"
)

// stepChecks are the checks that history's kinds of lines belong to. Time as it was measured is the machine's, too.
var stepChecks = map[string]string{history.Score: CheckScore, history.Drift: CheckDrift, history.Ratio: CheckSlowdown}

// steps judges the levels that stand tonight and are worse than before a night since the baseline.
func (j *judge) steps(h *history.History) {
	tonight := slices.IndexFunc(h.Nights, func(n history.Night) bool { return n.RunID == j.cmp.Head.RunID })
	base := slices.IndexFunc(h.Nights, func(n history.Night) bool { return n.RunID == j.cmp.Base.RunID })
	if tonight < 0 {
		return
	}
	for _, s := range h.Series {
		rule, check := j.policy.rule(s.Variant), stepChecks[s.Kind]
		if rule == nil || check == "" || !rule.judges(check) || !slices.Contains(j.cmp.Variants, s.Variant) || s.Dataset != "" && !slices.Contains(j.cmp.Datasets, s.Dataset) {
			continue
		}
		step, ok := standing(s, base, tonight)
		if !ok {
			continue
		}
		night := h.Nights[s.Points[step.Point].Night]
		text := fmt.Sprintf("%s since the night of %s (%s)", s.Change(step), night.Started.Format("2006-01-02"), night.RunID)
		if rule.HistorySteps != StepsFail {
			j.noted("%s: %s (history_steps: fail in the policy makes it a regression)", Finding{Variant: s.Variant, Dataset: s.Dataset}.place(), text)
			continue
		}
		stage := s.Metric
		switch s.Kind {
		case history.Score:
			stage = j.scoreStage(s.Variant, s.Dataset)
		case history.Ratio:
			stage = j.slowStage(s.Variant, s.Of)
		}
		j.out.Regressions = append(j.out.Regressions, Finding{Check: check, Variant: s.Variant, Dataset: s.Dataset, Where: s.Of + " " + s.Metric + " since " + night.RunID, Stage: stage, Text: text})
	}
}

// standing is the last step of a series on the nights after base up to tonight, when its level is worse than the
// one on the night of base, or than the first after it.
func standing(s history.Series, base, tonight int) (out history.Step, ok bool) {
	var before *float64 // the level at base
	for _, step := range s.Steps {
		night := s.Points[step.Point].Night
		if night > tonight {
			break
		}
		if night <= base {
			continue
		}
		if before == nil {
			before = &step.Before
		}
		out, ok = step, true
	}
	for _, b := range s.Breaks { // what was before another content is another number
		if ok && b.Point > out.Point && s.Points[b.Point].Night <= tonight {
			return out, false
		}
	}
	if !ok || !out.Worse {
		return out, false
	}
	worse := out.After > *before
	if s.Kind == history.Score {
		worse = out.After < *before
	}
	return out, worse
}
