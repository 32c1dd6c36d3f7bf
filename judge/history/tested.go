package history

import (
	"path/filepath"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/paired"
)

// test gives each step of a score the p value that compare gives for the two nights around it. The same
// bytes give the same score to the bit, so many equal nights are no more evidence than one, and the step's
// own t-test would call any new night certain. Steps of drift get no p value, because a drift is no test.
func (h *History) test() {
	runs := map[string]*store.Results{} // by folder; nil where its queries cannot be read
	metrics := map[string][]string{}    // the metrics to read from a folder
	h.eachScoreStep(func(s *Series, _ *Step, before, after Night) {
		for _, n := range []Night{before, after} {
			if !slices.Contains(metrics[n.Dir], s.Metric) {
				metrics[n.Dir] = append(metrics[n.Dir], s.Metric)
			}
		}
	})
	read := func(dir string) *store.Results {
		if r, ok := runs[dir]; ok {
			return r
		}
		runs[dir] = nil
		if f, err := store.Open(filepath.Join(h.Root, filepath.FromSlash(dir))); err == nil {
			r := &store.Results{}
			if f.LoadOutcomes(r, metrics[dir]...) == nil {
				runs[dir] = r
			}
		}
		return runs[dir]
	}
	h.eachScoreStep(func(s *Series, step *Step, before, after Night) {
		base, head := read(before.Dir), read(after.Dir)
		if base == nil || head == nil {
			return
		}
		if p, err := paired.Between(base, head, s.Variant, s.Dataset, s.Of, s.Metric); err == nil {
			step.P = &p
		}
	})
}

// eachScoreStep calls do with every step of a score, the last night of the old level and the first night
// of the new level.
func (h *History) eachScoreStep(do func(s *Series, step *Step, before, after Night)) {
	for i := range h.Series {
		s := &h.Series[i]
		for k := range s.Steps {
			step := &s.Steps[k]
			last := step.Point - 1
			for last >= 0 && s.Points[last].Value == nil {
				last--
			}
			if s.Kind == Score && last >= 0 {
				do(s, step, h.Nights[s.Points[last].Night], h.Nights[s.Points[step.Point].Night])
			}
		}
	}
}
