package gate

import (
	"math"

	"github.com/fastclip/fastclip/judge/compare"
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

// NotRun is the result of runs that cannot be read.
func NotRun(base, head string, err error) *Result {
	return &Result{Verdict: NotMeasured, Base: base, Head: head, Regressions: []Finding{}, Judged: []Judged{}, Notes: []string{},
		Environment: []compare.Difference{}, Unmeasured: []compare.Problem{{Kind: compare.KindVariant, Reason: err.Error()}}}
}

// excess is the finding's value as a multiple of its limit.
func (f Finding) excess() float64 {
	if f.Limit == 0 {
		return math.Inf(1)
	}
	return f.Value / f.Limit
}
