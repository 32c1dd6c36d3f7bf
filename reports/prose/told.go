// Package prose puts a report's facts into words: findings, verdicts, tables and their notes. The result
// is plain text without any format's escapes.
package prose

import (
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// Told is a report together with its words.
type Told struct {
	facts.Report
	Summary  string // the verdicts in one sentence
	Verdicts []Verdict
	Findings []Finding
}

// Tell computes a report and puts it into words.
func Tell(res *store.Results) Told {
	r := facts.Build(res)
	t := Told{Report: r, Findings: tell(r.Findings), Verdicts: buildVerdicts(r.Res, r)}
	t.Summary = summaryLine(t.Verdicts)
	return t
}
