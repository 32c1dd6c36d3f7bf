package reports

// whyJSON is explain's json format: its names may be added, never renamed.
type whyJSON struct {
	Why
	Findings []string `json:"findings"`
	Next     []string `json:"next"` // what to do, where the evidence is unambiguous
}

func newWhyJSON(x Why, r told) whyJSON {
	out := whyJSON{Why: x, Findings: []string{}, Next: adviceLines(x.Advice)}
	for _, k := range findingsOf(r, x.Variant) {
		out.Findings = append(out.Findings, k.Text)
	}
	return out
}
