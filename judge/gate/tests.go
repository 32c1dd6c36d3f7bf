package gate

import (
	"math"
	"slices"

	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/metrics/stats"
)

// test is a breach of a limit. It counts only when its corrected p value stays below alpha.
type test struct {
	check   string // names the family of tests
	p       float64
	finding *Finding         // finding and problem both nil: within the limit, but counted in the correction
	problem *compare.Problem // reported as not measured, in place of a regression
	note    string           // or only worth knowing
	groups  int              // number of groups of queries, the units of evidence
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
		j.unmeasured(compare.KindScore, f.Variant, f.Dataset, "%s, which %d different queries cannot show among %d tests even if all of them were lost: use more queries", f.Text, t.groups, tests)
	}
}
