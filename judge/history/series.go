package history

import (
	"cmp"
	"slices"

	"github.com/fastclip/fastclip/metrics/stats"
)

// leastBeside is the number of variants needed to tell one variant from its machine.
const leastBeside = 3

// seriesOf puts the nights' numbers into series, in the order in which the runs list them.
func seriesOf(nights []night) []Series {
	addRatios(nights)
	type line struct {
		key
		machine string
	}
	var order []line
	seen := map[line]bool{}
	for _, n := range nights {
		for _, k := range n.order {
			l := line{key: k}
			if timed(k.kind) {
				l.machine = n.info.Machine
			}
			if !seen[l] {
				seen[l], order = true, append(order, l)
			}
		}
	}
	kinds := []string{Score, Drift, Time, Ratio}
	slices.SortStableFunc(order, func(a, b line) int { return cmp.Compare(slices.Index(kinds, a.kind), slices.Index(kinds, b.kind)) })
	out := make([]Series, 0, len(order))
	for _, l := range order {
		s := Series{Kind: l.kind, Variant: l.variant, Dataset: l.dataset, Of: l.of, Metric: l.metric, Unit: units[l.kind], Machine: l.machine,
			Points: []Point{}, Steps: []Step{}, Breaks: []Break{}}
		s.fill(nights, l.key)
		s.findSteps()
		out = append(out, s)
	}
	return out
}

var units = map[string]string{Score: "share", Drift: "mean |a-b|", Time: "ms an item", Ratio: "ratio"}

func timed(kind string) bool { return kind == Time || kind == Ratio }

// fill takes each night's value. A night without the variant has no point, and neither does a night before
// the first value. A night on which the variant failed has a point with the reason.
func (s *Series) fill(nights []night, k key) {
	content := ""
	for i, n := range nights {
		if s.Machine != "" && n.info.Machine != s.Machine {
			continue
		}
		of := k.dataset
		if timed(k.kind) {
			of = n.first
		}
		v, ok := n.values[k]
		if !ok {
			if reason := cmp.Or(n.reasons[k], n.status[k.variant]); reason != "" && len(s.Points) > 0 {
				s.Points = append(s.Points, Point{Night: i, Reason: reason})
			}
			continue
		}
		if sha := n.shas[of]; content != "" && sha != content {
			s.Breaks = append(s.Breaks, Break{len(s.Points), "the content of dataset " + of + " changed"})
		}
		content = n.shas[of]
		s.Points = append(s.Points, Point{Night: i, Value: &v.v, Low: v.low, High: v.high})
	}
}

// findSteps looks for steps between breaks.
func (s *Series) findSteps() {
	from := 0
	for i := range len(s.Breaks) + 1 {
		to := len(s.Points)
		if i < len(s.Breaks) {
			to = s.Breaks[i].Point
		}
		s.stepsBetween(from, to)
		from = to
	}
}

func (s *Series) stepsBetween(from, to int) {
	var x []float64
	var at []int
	for i := from; i < to; i++ {
		if v := s.Points[i].Value; v != nil {
			x, at = append(x, *v), append(at, i)
		}
	}
	for _, step := range stats.Steps(x, options[s.Kind]) {
		if timed(s.Kind) && min(step.At, len(x)-step.At) < leastTimed {
			continue
		}
		up := step.After > step.Before
		found := Step{Point: at[step.At], Before: step.Before, After: step.After, Worse: up != (s.Kind == Score)}
		if timed(s.Kind) {
			found.P = &step.P
		}
		s.Steps = append(s.Steps, found)
	}
}

// leastTimed is how many nights a time or ratio needs on either side of a step. Variants that share their
// timings often have a ratio of exactly 1, and such nights must not pass for a series without noise.
const leastTimed = 4

// options are the step options of each kind. The same bytes give the same score and drift to the bit, so
// any change counts there. Times vary, so a change of less than 2 % is ignored.
var options = map[string]stats.StepOptions{
	Score: {MaxP: 1e-4},
	Drift: {MaxP: 1e-4},
	Time:  {MaxP: 1e-4, Magnitude: 0.02},
	Ratio: {MaxP: 1e-4, Magnitude: 0.02},
}

// addRatios adds each variant's total relative to the others. It divides the variant's time by its own
// median over all nights on that machine, and then by the night's median of that ratio over all variants.
// A slowdown of the whole machine is the same in all variants and cancels out.
func addRatios(nights []night) {
	type mine struct {
		key
		machine string
	}
	usual := map[mine][]float64{}
	for _, n := range nights {
		for k, v := range n.values {
			if k.kind == Time && k.metric == Total {
				m := mine{k, n.info.Machine}
				usual[m] = append(usual[m], v.v)
			}
		}
	}
	medians := map[mine]float64{}
	for m, values := range usual {
		medians[m] = stats.Median(values)
	}
	for i := range nights {
		n := &nights[i]
		relative := map[string][]float64{} // by modality
		for _, k := range n.order {
			if k.kind == Time && k.metric == Total {
				relative[k.of] = append(relative[k.of], n.values[k].v/medians[mine{k, n.info.Machine}])
			}
		}
		for _, k := range slices.Clone(n.order) {
			if k.kind != Time || k.metric != Total || len(relative[k.of]) < leastBeside {
				continue
			}
			night := stats.Median(relative[k.of])
			own := n.values[k].v / medians[mine{k, n.info.Machine}]
			n.add(key{Ratio, k.variant, "", k.of, Total}, value{v: own / night})
		}
	}
}
