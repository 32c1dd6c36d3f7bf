package reports

import "github.com/fastclip/fastclip/internal/store"

// told is a report with what it says in words.
type told struct {
	report
	Summary  string // the verdicts in a sentence
	Verdicts []verdict
	Findings []finding
}

// tell works a report out and puts it into words.
func tell(res *store.Results) told {
	r := build(res)
	t := told{report: r, Findings: buildFindings(r.res, r), Verdicts: buildVerdicts(r.res, r)}
	t.Summary = summaryLine(t.Verdicts)
	return t
}
