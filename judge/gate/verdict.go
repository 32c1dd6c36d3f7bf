package gate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Verdict is what a gate says.
type Verdict string

// The verdicts. A regression stands even when something else was not measured.
const (
	Pass        Verdict = "pass"
	Regression  Verdict = "regression"
	NotMeasured Verdict = "not measured"
)

// ExitCode is the exit code of the command, as DESIGN.md fixes it.
func (v Verdict) ExitCode() int {
	switch v {
	case Pass:
		return 0
	case Regression:
		return 1
	}
	return 3
}

// Result is a gate's verdict with the evidence for it.
type Result struct {
	Verdict        Verdict              `json:"verdict"`
	Base           string               `json:"base"` // run id
	Head           string               `json:"head"`
	Regressions    []Finding            `json:"regressions"` // worst first
	Unmeasured     []compare.Problem    `json:"unmeasured"`
	Judged         []Judged             `json:"judged"` // one row per variant and check
	Notes          []string             `json:"notes"`
	Environment    []compare.Difference `json:"environment"`
	OtherReference string               `json:"other_reference,omitempty"` // says so when HEAD's reference is another variant than BASE's
	Suspects       int                  `json:"suspects"`                  // slowdowns that count only when confirmed
	Tests          int                  `json:"tests"`                     // of single scores and of timings, each corrected by Holm's method
	PooledTests    int                  `json:"pooled_tests"`
	Alpha          float64              `json:"alpha"`
}

// Finding is one limit that HEAD broke.
type Finding struct {
	Check   string  `json:"check"`
	Variant string  `json:"variant"`
	Dataset string  `json:"dataset,omitempty"`
	Where   string  `json:"where"` // direction and metric, or modality
	Value   float64 `json:"value"` // in the limit's unit: mean |a-b|, factor, points lost, per cent
	Limit   float64 `json:"limit"`
	P       float64 `json:"p_holm,omitempty"` // corrected by Holm's method; for a pooled score by step-down maxT
	Tests   int     `json:"tests,omitempty"`  // number of tests that p is corrected for
	Stage   string  `json:"stage"`            // the first stage that went wrong
	Text    string  `json:"text"`
}

// ByVariant groups the findings by variant. The variant with the worst finding comes first.
func (r *Result) ByVariant() (out [][]Finding) {
	at := map[string]int{}
	for _, f := range r.Regressions {
		i, ok := at[f.Variant]
		if !ok {
			i = len(out)
			at[f.Variant], out = i, append(out, nil)
		}
		out[i] = append(out[i], f)
	}
	return out
}

// Judged counts the comparisons that a check made for a variant.
type Judged struct {
	Check       string `json:"check"`
	Variant     string `json:"variant"`
	Comparisons int    `json:"comparisons"`
}

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

// test is a breach of a limit. It counts only when its corrected p value stays below alpha.
type test struct {
	check   string // names the family of tests
	p       float64
	finding *Finding         // finding and problem both nil: within the limit, but counted in the correction
	problem *compare.Problem // reported as not measured, in place of a regression
	note    string           // or only worth knowing
	groups  int              // number of groups of queries, the units of evidence
}

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
		j.noted("HEAD is BASE: both are run %s, which says nothing of a change", j.out.Head)
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

// NotRun is the result of runs that cannot be read.
func NotRun(base, head string, err error) *Result {
	return &Result{Verdict: NotMeasured, Base: base, Head: head, Regressions: []Finding{}, Judged: []Judged{}, Notes: []string{},
		Environment: []compare.Difference{}, Unmeasured: []compare.Problem{{Kind: compare.KindVariant, Reason: err.Error()}}}
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

// significant keeps only the breaches that Holm's method confirms. Scores and timings are separate
// families, so that many timings cannot hide a loss of score.
func (j *judge) significant() {
	j.keep(CheckScore, j.scoreAlpha())
	timed := j.keep(CheckSlowdown, j.policy.Alpha)
	j.out.Tests = len(j.tests)
	for _, t := range j.cmp.Timings {
		r := j.policy.rule(t.Variant)
		if t.Phase == compare.Total && r != nil && r.judges(CheckSlowdown) && t.LeastP*float64(timed) >= j.policy.Alpha {
			j.unmeasured(compare.KindTiming, "", "", "%d repetitions against %d cannot show a slowdown among %d tests: more timing rounds", t.Head.N, t.Base.N, timed)
		}
	}
}

// keep takes over what a check's tests show at level alpha, and returns the number of tests.
func (j *judge) keep(check string, alpha float64) int {
	tests := slices.DeleteFunc(slices.Clone(j.tests), func(t test) bool { return t.check != check })
	p := make([]float64, len(tests))
	for i, t := range tests {
		p[i] = t.p
	}
	for i, h := range stats.Holm(p) {
		if h >= alpha {
			j.tooFew(tests[i], len(tests), alpha)
			continue
		}
		if f := tests[i].finding; f != nil {
			f.P, f.Tests = h, len(tests)
			j.out.Regressions = append(j.out.Regressions, *f)
		}
		if note := tests[i].note; note != "" {
			j.out.Suspects++
			j.noted("%s", note)
		}
		if p := tests[i].problem; p != nil {
			j.out.Unmeasured = append(j.out.Unmeasured, *p)
		}
	}
	return len(tests)
}

// tooFew reports a score beyond its limit as not measured when the test could not have found it: with so
// few groups of queries, not even the loss of all of them would be significant.
func (j *judge) tooFew(t test, tests int, alpha float64) {
	if f := t.finding; f != nil && f.Check == CheckScore && math.Ldexp(float64(tests), 1-t.groups) >= alpha {
		j.unmeasured(compare.KindScore, f.Variant, f.Dataset, "%s, which %d different queries cannot show among %d tests, lost or not: more queries", f.Text, t.groups, tests)
	}
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

// excess is the finding's value as a multiple of its limit.
func (f Finding) excess() float64 {
	if f.Limit == 0 {
		return math.Inf(1)
	}
	return f.Value / f.Limit
}
