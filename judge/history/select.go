package history

import "slices"

// Filter chooses series; empty fields choose all.
type Filter struct {
	Kind     string
	Variants []string
	Datasets []string // times have no dataset and are always kept
	Metrics  []string // R@1, embedding, total: Series.Metric
	Of       []string // t2i, image, text: Series.Of
	Stepped  bool     // only those with a step or a break
}

// Select is the history with only the series that a filter chooses.
func (h *History) Select(f Filter) *History {
	fits := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	out := *h
	out.Series = []Series{}
	for _, s := range h.Series {
		if (f.Kind == "" || f.Kind == s.Kind) && fits(f.Variants, s.Variant) && (s.Dataset == "" || fits(f.Datasets, s.Dataset)) &&
			fits(f.Metrics, s.Metric) && fits(f.Of, s.Of) && (!f.Stepped || len(s.Steps)+len(s.Breaks) > 0) {
			out.Series = append(out.Series, s)
		}
	}
	return &out
}
