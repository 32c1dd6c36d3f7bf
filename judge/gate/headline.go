package gate

import (
	"fmt"
	"strings"
)

// Headline is the first line. It names the verdict, the worst offender and the first stage that went
// wrong.
func (r *Result) Headline() string {
	switch r.Verdict {
	case Regression:
		f := r.Regressions[0]
		first := ""
		if r.OtherReference != "" { // said first, because all drift is measured from the reference
			first = r.OtherReference + "; "
		}
		line := fmt.Sprintf("REGRESSION: %s%s: %s; first stage that went wrong: %s", first, f.place(), f.Text, f.Stage)
		if n := len(r.Regressions) - 1; n > 0 {
			line += fmt.Sprintf("; %d more", n)
		}
		if n := len(r.Unmeasured); n > 0 {
			line += fmt.Sprintf("; and %d could not be measured", n)
		}
		return line
	case NotMeasured:
		line := "NOT MEASURED: " + r.Unmeasured[0].String()
		if n := len(r.Unmeasured) - 1; n > 0 {
			line += fmt.Sprintf("; %d more", n)
		}
		return line
	}
	return "PASS: " + r.counts()
}

func (f Finding) place() string {
	if f.Dataset == "" {
		return f.Variant
	}
	return f.Variant + " on " + f.Dataset
}

// counts says how many comparisons were within the limits.
func (r *Result) counts() string {
	variants, n := map[string]bool{}, map[string]int{}
	for _, j := range r.Judged {
		variants[j.Variant] = true
		n[j.Check] += j.Comparisons
	}
	plural := "s"
	if len(variants) == 1 {
		plural = ""
	}
	parts := []string{fmt.Sprintf("%d variant%s", len(variants), plural)}
	for _, c := range checks {
		if n[c] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", c, n[c]))
		}
	}
	return strings.Join(parts, ", ") + " comparisons within the limits"
}
