package prose

import "github.com/fastclip/fastclip/reports/facts"

// StandingSection has a row for each variant. It says how the variant stands, and what decided that.
func StandingSection(r facts.Report) Section {
	s := Section{Title: "Variants", Header: []string{"variant", "status", r.Metric, "image time", "text time", "why"}}
	for _, x := range facts.Standings(r) {
		s.Rows = append(s.Rows, row{
			Cells: []Cell{text(variantName(x.Identity)), text(x.State), number(x.Score, Percent), number(x.Image, Times), number(x.Text, Times), text(Why(x))},
			Tones: []string{"", Tone(x.State), "", "", "", ""}, Reference: x.IsReference,
		})
	}
	s.Notes = []string{"worse, better: " + r.Metric + ", nDCG@10 or zero-shot top 1 over all searches really differs from the reference's. slower: it holds, and takes over 5 % longer. " +
		"same: the embeddings are the reference's to the bit. noise: anything else. Times are beside the reference's."}
	return s
}

// Tone is the tone of a state: bad, good or neither.
func Tone(state string) string {
	switch state {
	case facts.StandsFailed, facts.StandsFaulty, facts.StandsWorse:
		return "bad"
	case facts.StandsBetter:
		return "good"
	}
	return ""
}
