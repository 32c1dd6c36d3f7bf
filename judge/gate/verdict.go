package gate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/judge/compare"
)

// judge is a verdict in progress.
type judge struct {
	policy *Policy
	cmp    *compare.Comparison
	out    *Result
	tests  []test
	again  bool // re-runs decide
}

// checkFaults is neither a test nor a limit. The rule's Faults decides whether the check is made.
const checkFaults = "faults"

// Judge applies a policy to a comparison.
func Judge(c *compare.Comparison, p *Policy) *Result {
	j := newJudge(c, p)
	j.all()
	j.conclude()
	return j.out
}

func newJudge(c *compare.Comparison, p *Policy) *judge {
	return &judge{policy: p, cmp: c, out: &Result{
		Base: c.Base.RunID, Head: c.Head.RunID, Regressions: []Finding{}, Unmeasured: []compare.Problem{}, Judged: []Judged{},
		Notes: slices.Clone(c.Notes), Environment: c.Environment, OtherReference: c.OtherReference, Alpha: p.Alpha,
	}}
}

// all runs every check.
func (j *judge) all() {
	j.problems()
	for _, v := range j.cmp.Variants {
		rule := j.policy.rule(v)
		if rule == nil {
			j.unmeasured(compare.KindVariant, v, "", "no rule of the policy fits it: add one, or a rule with skip")
			continue
		}
		if j.unlike(v, rule) {
			j.lost(rule)
			j.scores(v, rule)
			j.drift(v, rule)
		}
		j.speed(v, rule)
		j.faults(v, rule)
	}
	if len(j.cmp.Variants) == 0 || len(j.cmp.Datasets) == 0 {
		j.unmeasured(compare.KindVariant, "", "", "the runs have no variant and dataset in common that worked in both")
	}
	j.significant()
	j.pooledScores()
	if j.out.Base == j.out.Head && j.out.Base != "" {
		j.noted("HEAD and BASE are the same run %s, so nothing can have changed", j.out.Head)
	}
	if len(j.out.Unmeasured) == 0 && !slices.ContainsFunc(j.out.Judged, func(x Judged) bool { return x.Comparisons > 0 }) {
		j.unmeasured(compare.KindVariant, "", "", "no comparison was made: the policy skips every check that the runs have numbers for")
	}
}

// faults refuses a variant that breaks a rule every encoder must keep, where the policy says so.
func (j *judge) faults(variant string, r *Rule) {
	for _, f := range j.cmp.Faults {
		if f.Variant != variant || r.Faults != FaultsRefuse {
			continue
		}
		j.out.Regressions = append(j.out.Regressions, Finding{Check: checkFaults, Variant: variant, Where: "embeddings and files", Value: 1, Stage: "model",
			Text: f.Text + " (faults: refuse in the policy)"})
	}
}

// unlike reports an integer variant on another class of processors as not measured. It does not when the
// policy allows such variants, or judges neither their drift nor their scores.
func (j *judge) unlike(variant string, r *Rule) (judged bool) {
	at := slices.IndexFunc(j.cmp.Unlike, func(p compare.Problem) bool { return p.Variant == variant })
	switch {
	case at < 0 || !r.judges(CheckDrift) && !r.judges(CheckScore):
		return true
	case r.OtherClass == ClassAllow:
		j.noted("%s (other_class: allow judges it all the same)", j.cmp.Unlike[at])
		return true
	}
	j.out.Unmeasured = append(j.out.Unmeasured, j.cmp.Unlike[at])
	return false
}

func (j *judge) unmeasured(kind compare.Kind, variant, dataset, format string, args ...any) {
	p := compare.Problem{Kind: kind, Variant: variant, Dataset: dataset, Reason: fmt.Sprintf(format, args...)}
	if !slices.Contains(j.out.Unmeasured, p) {
		j.out.Unmeasured = append(j.out.Unmeasured, p)
	}
}

// problems takes over the comparison's problems, without those of checks that the policy skips.
func (j *judge) problems() {
	check := map[compare.Kind]string{compare.KindScore: CheckScore, compare.KindDrift: CheckDrift, compare.KindTiming: CheckSlowdown}
	for _, p := range j.cmp.Problems {
		if j.wanted(p.Variant, check[p.Kind]) {
			j.out.Unmeasured = append(j.out.Unmeasured, p)
		} else {
			j.out.Notes = append(j.out.Notes, p.String()+" (skipped by the policy)")
		}
	}
}

// wanted tells whether a check of a variant is judged. An empty variant stands for any variant, and an
// empty check for any check.
func (j *judge) wanted(variant, check string) bool {
	names := []string{variant}
	if variant == "" {
		names = j.cmp.Variants
	}
	for _, v := range names {
		r := j.policy.rule(v)
		if r == nil || check != "" && r.judges(check) || check == "" && len(r.Skip) < len(checks) {
			return true
		}
	}
	return len(names) == 0
}

// judged counts the comparisons of a check. A check without comparisons is not measured.
func (j *judge) judged(check, variant string, n int, kind compare.Kind) {
	j.out.Judged = append(j.out.Judged, Judged{check, variant, n})
	if n > 0 || kind == compare.KindTiming && j.cmp.NotTimed || slices.ContainsFunc(j.out.Unmeasured, func(p compare.Problem) bool {
		return p.Kind == kind && (p.Variant == variant || p.Variant == "") || p.Kind == compare.KindDataset
	}) {
		return
	}
	j.unmeasured(kind, variant, "", "nothing that the policy judges by %s is in both runs", check)
}

// conclude orders the regressions, worst first, and sets the verdict. A lost score is damage done, drift
// is damage to come, and time is only time.
func (j *judge) conclude() {
	reference := func(f Finding) int { // the reference comes first, because all drift is measured from it
		if f.Check == CheckDrift && f.Variant == j.cmp.Reference {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(j.out.Regressions, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(reference(a), reference(b)), cmp.Compare(slices.Index(checks, a.Check), slices.Index(checks, b.Check)), cmp.Compare(b.excess(), a.excess()))
	})
	switch {
	case len(j.out.Regressions) > 0:
		j.out.Verdict = Regression
	case len(j.out.Unmeasured) > 0:
		j.out.Verdict = NotMeasured
	default:
		j.out.Verdict = Pass
	}
}
