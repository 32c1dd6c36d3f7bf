package prose

import (
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/reports/facts"
)

// classMetrics are the metrics of the table, with their titles.
var classMetrics = []struct{ name, title string }{
	{facts.ClassMetric, "top 1"}, {"acc@5", "top 5"}, {"mean_per_class_recall", "mean per class recall"},
}

// ZeroShotSection is the table of zero-shot classification, for runs that have it.
func ZeroShotSection(r facts.Report) (Section, bool) {
	s := Section{Title: "Zero-shot classification", Header: []string{"variant"}}
	type key struct{ dataset, variant, metric string }
	by := map[key]facts.Score{}
	var columns []key
	for _, x := range r.Scores {
		if !slices.ContainsFunc(classMetrics, func(m struct{ name, title string }) bool { return m.name == x.Metric }) {
			continue
		}
		if x.Dataset != facts.Pooled || x.Direction == facts.All {
			by[key{x.Dataset, x.Variant, x.Metric}] = x
		}
	}
	for _, d := range r.Head.Datasets {
		for _, m := range classMetrics {
			if slices.ContainsFunc(r.Performance, func(p facts.Performance) bool { _, ok := by[key{d.Name, p.Variant, m.name}]; return ok }) {
				columns = append(columns, key{dataset: d.Name, metric: m.name})
				s.Header = append(s.Header, fmt.Sprintf("%s %s", d.Name, m.title))
			}
		}
	}
	if len(columns) == 0 {
		return s, false
	}
	if sets := slices.CompactFunc(slices.Clone(columns), func(a, b key) bool { return a.dataset == b.dataset }); len(sets) > 1 {
		columns = append(columns, key{dataset: facts.Pooled, metric: facts.ClassMetric})
		s.Header = append(s.Header, "all top 1")
	}
	for _, d := range r.Head.Datasets {
		if d.Classes > 0 {
			s.Notes = append(s.Notes, fmt.Sprintf("%s: %d candidate classes.", d.Name, d.Classes))
		}
	}
	for _, p := range r.Performance {
		line := variantRow(p.Identity)
		for _, c := range columns {
			cell := text(NoNumber)
			if x, ok := by[key{c.dataset, p.Variant, c.metric}]; ok {
				// Resampled pictures keep their weights, so that a mean over classes can leave the scale.
				cell = Cell{cellText(facts.Cell{Value: x.Value, HalfWidth: (x.CIHigh - x.CILow) / 2, Low: max(0, x.CILow), High: min(1, x.CIHigh), Delta: x.Delta, Real: x.Real()}), x.Value}
			}
			line.Cells = append(line.Cells, cell)
		}
		s.Rows = append(s.Rows, line)
	}
	s.Notes = append(s.Notes, "Scores are in %, with ± and differences as above. A picture is assigned to the class with the nearest embedding, the mean of the class's unit embeddings over all templates "+
		"(open_clip, CLIP_benchmark). Mean per class recall gives equal weight to each class that has pictures.")
	return s, true
}
