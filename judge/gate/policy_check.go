package gate

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/strictyaml"
)

// ofHundred are the limits of which 100 is all that there is.
var ofHundred = []string{"score.points", "score.pooled_points", "drift.may_change_percent"}

// check reports errors beyond syntax, each with its line.
func (p *Policy) check(data []byte) error {
	var problems []string
	bad := func(path, format string, args ...any) {
		problems = append(problems, strictyaml.Position(data, path)+fmt.Sprintf(format, args...))
	}
	if !(p.Alpha > 0 && p.Alpha < 1) {
		bad("$.alpha", "alpha %g: want a chance between 0 and 1", p.Alpha)
	}
	if len(p.Rules) == 0 {
		bad("$", "the policy has no rules")
	}
	for i, r := range p.Rules {
		at := fmt.Sprintf("$.rules[%d]", i)
		if r.Match == "" {
			bad(at, "a rule needs match: the name of a variant, in which * stands for any text")
		}
		for name, v := range r.limits() {
			switch {
			case v == nil:
			case !(*v >= 0):
				bad(at+"."+name, "%s %g: want 0 or more", name, *v)
			case slices.Contains(ofHundred, name) && *v >= 100, math.IsInf(*v, 1):
				bad(at+"."+name, "%s %g: no run can break this limit: want less, or skip the check", name, *v)
			}
		}
		if s := r.Drift.Scale; s != ScaleJudge && s != ScaleAllow {
			bad(at+".drift.scale", "scale %q: want %s or %s", s, ScaleJudge, ScaleAllow)
		}
		if s := r.OtherClass; s != ClassRefuse && s != ClassAllow {
			bad(at+".other_class", "other_class %q: want %s or %s", s, ClassRefuse, ClassAllow)
		}
		if s := r.HistorySteps; s != StepsNote && s != StepsFail {
			bad(at+".history_steps", "history_steps %q: want %s or %s", s, StepsNote, StepsFail)
		}
		if s := r.Faults; s != FaultsRefuse && s != FaultsAllow {
			bad(at+".faults", "faults %q: want %s or %s", s, FaultsAllow, FaultsRefuse)
		}
		for k, s := range r.Skip {
			if !slices.Contains(checks, s) {
				bad(fmt.Sprintf("%s.skip[%d]", at, k), "skip %q: want one of %s", s, strings.Join(checks, ", "))
			} else if slices.Contains(r.Skip[:k], s) {
				bad(fmt.Sprintf("%s.skip[%d]", at, k), "skip names %q twice", s)
			}
		}
		for k, s := range r.Score.Directions {
			if !slices.Contains(directions, s) {
				bad(fmt.Sprintf("%s.score.directions[%d]", at, k), "direction %q: want one of %s", s, strings.Join(directions, ", "))
			}
		}
		if len(r.Score.Metrics) == 0 || len(r.Score.Directions) == 0 {
			bad(at+".score", "score wants metrics and directions: skip: [score] judges none")
		}
	}
	if len(problems) > 0 {
		slices.Sort(problems)
		return errors.New(strings.Join(problems, "\n"))
	}
	return nil
}

func (r *Rule) limits() map[string]*float64 {
	return map[string]*float64{
		"drift.mean_abs": r.Drift.MeanAbs, "drift.floor_factor": r.Drift.FloorFactor, "drift.may_change_percent": r.Drift.MayChangePercent,
		"drift.row_factor": r.Drift.RowFactor, "drift.reference_factor": r.Drift.ReferenceFactor, "drift.reference_floor": r.Drift.ReferenceFloor,
		"score.points": r.Score.Points, "score.pooled_points": r.Score.PooledPoints, "slowdown.percent": r.Slowdown.Percent, "slowdown.unconfirmed_percent": r.Slowdown.UnconfirmedPercent, "slowdown.machine_percent": r.Slowdown.MachinePercent, "slowdown.history_percent": r.Slowdown.HistoryPercent,
	}
}

// Fits checks that every rule is the first fit of some variant. A misspelled rule fits none, and a rule
// behind broader ones never gets its turn. Both would otherwise be ignored in silence.
func (p *Policy) Fits(variants []string) error {
	var problems []string
	for i := range p.Rules {
		r, fits, hiddenBy := &p.Rules[i], false, ""
		mine := false
		for _, v := range variants {
			if !r.match.MatchString(v) {
				continue
			}
			fits = true
			if first := p.rule(v); first == r {
				mine = true
			} else {
				hiddenBy = first.Match
			}
		}
		switch {
		case !fits:
			problems = append(problems, fmt.Sprintf("%srule %q fits none of the variants (%s): correct the name, or remove the rule", r.at, r.Match, strings.Join(variants, ", ")))
		case !mine:
			problems = append(problems, fmt.Sprintf("%srule %q judges nothing: the earlier rule %q fits all its variants: put this rule first", r.at, r.Match, hiddenBy))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	name := p.path
	if name == "" {
		name = "of the program"
	}
	return fmt.Errorf("policy %s: %s", name, strings.Join(problems, "\n"))
}
