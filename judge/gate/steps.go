package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/judge/history"
)

// The choices of Rule.HistorySteps.
const (
	StepsNote = "note"
	StepsFail = "fail"
)

// stepChecks maps history's kinds of lines to checks. history.Time is missing on purpose: a measured time
// depends on the machine, too.
var stepChecks = map[string]string{history.Score: CheckScore, history.Drift: CheckDrift, history.Ratio: CheckSlowdown}

// steps judges levels that became worse on a night since the baseline and still stand tonight.
func (j *judge) steps(h *history.History) {
	tonight := slices.IndexFunc(h.Nights, func(n history.Night) bool { return n.RunID == j.cmp.Head.RunID })
	base := slices.IndexFunc(h.Nights, func(n history.Night) bool { return n.RunID == j.cmp.Base.RunID })
	if tonight < 0 {
		return
	}
	found := map[since][]history.Change{}
	var order []since
	for i := range h.Series {
		s := &h.Series[i]
		rule, check := j.policy.rule(s.Variant), stepChecks[s.Kind]
		if rule == nil || check == "" || !rule.judges(check) || !slices.Contains(j.cmp.Variants, s.Variant) || s.Dataset != "" && !slices.Contains(j.cmp.Datasets, s.Dataset) {
			continue
		}
		if step, ok := standing(*s, base, tonight); ok {
			key := since{s.Variant, check, s.Points[step.Point].Night}
			if rule.HistorySteps != StepsFail {
				key.check = "" // a note covers all kinds
			}
			if found[key] == nil {
				order = append(order, key)
			}
			found[key] = append(found[key], history.Change{Series: s, Step: step})
		}
	}
	for _, key := range order {
		j.step(key, found[key], h.Nights[key.night])
	}
}

// since groups the levels that became worse, because one cause moves many lines of a variant on one night.
type since struct {
	variant, check string
	night          int
}

// step notes or fails the levels of a group. A finding names the stage of the level that moved farthest.
func (j *judge) step(key since, changes []history.Change, night history.Night) {
	text := fmt.Sprintf("%s since the night of %s (%s)", strings.Join(history.InWords(changes), "; "), night.Started.Format("2006-01-02"), night.RunID)
	if key.check == "" {
		j.noted("%s: %s (history_steps: fail in the policy makes it a regression)", key.variant, text)
		return
	}
	s := history.Largest(changes).Series
	stage := s.Metric
	switch s.Kind {
	case history.Score:
		stage = j.scoreStage(s.Variant, s.Dataset)
	case history.Ratio:
		stage = j.slowStage(s.Variant, s.Of)
	}
	j.out.Regressions = append(j.out.Regressions, Finding{Check: key.check, Variant: s.Variant, Dataset: s.Dataset, Where: "since " + night.RunID, Stage: stage, Text: text})
}

// standing is the last step of a series between the nights base and tonight. It counts only when its level
// is worse than the level on the night of base, or the first level after it.
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
	for _, b := range s.Breaks { // another content makes earlier numbers incomparable
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
