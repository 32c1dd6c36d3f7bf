// Package prose puts a report's facts into words: findings, verdicts, tables and their notes, as plain text before any
// format's escapes.
package prose

import (
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// Told is a report with what it says in words.
type Told struct {
	facts.Report
	Summary  string // the verdicts in a sentence
	Verdicts []Verdict
	Findings []Finding
}

// Tell works a report out and puts it into words.
func Tell(res *store.Results) Told {
	r := facts.Build(res)
	t := Told{Report: r, Findings: tell(r.Findings), Verdicts: buildVerdicts(r.Res, r)}
	t.Summary = summaryLine(t.Verdicts)
	return t
}
