package compare

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Total is the phase that stands for the sum of a modality's phases.
const Total = "total"

// Spread is the median of repetitions with its 95 % interval, in milliseconds per item.
type Spread struct {
	MS   float64 `json:"ms"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	N    int     `json:"n"`
}

// Timing is a phase in both runs.
//
// Ratio is HEAD's median over BASE's, and P is the p value of the Mann-Whitney test. Both take the times
// as measured.
//
// Machine is the factor by which all variants changed together. Relative is Ratio without that factor and
// without what a round did to all variants alike. RelativeLow is the same for the lower end of HEAD's
// median, and RelativeP is the p value of its test. With fewer than three timed variants, the three are as
// measured.
type Timing struct {
	Variant     string  `json:"variant"`
	Modality    string  `json:"modality"` // image or text
	Phase       string  `json:"phase"`    // or Total
	Base        Spread  `json:"base"`
	Head        Spread  `json:"head"`
	Ratio       float64 `json:"ratio"`
	P           float64 `json:"p"`
	Holm        float64 `json:"p_holm"` // P corrected over all timings of the comparison
	Machine     float64 `json:"machine"`
	Relative    float64 `json:"relative"`
	RelativeLow float64 `json:"relative_low"`
	RelativeP   float64 `json:"relative_p"`
	LeastP      float64 `json:"least_p"` // the least p value that so few repetitions can give
}

// phaseKey names a timed phase.
type phaseKey struct{ variant, modality, phase string }

// samples holds milliseconds per item, by repetition.
type samples map[int64]float64

// list has the samples in the order of the repetitions.
func (s samples) list() []float64 {
	out := make([]float64, 0, len(s))
	for _, rep := range slices.Sorted(maps.Keys(s)) {
		out = append(out, s[rep])
	}
	return out
}

// timesOf are a run's phases and their totals, without warm-up. order is the order of the rows.
func timesOf(rows []store.Timing) (times map[phaseKey]samples, order []phaseKey) {
	times = map[phaseKey]samples{}
	phases := map[phaseKey]map[int64]int{} // number of phases of each key, by repetition
	add := func(key phaseKey, rep int64, ms float64) {
		if times[key] == nil {
			times[key], phases[key] = samples{}, map[int64]int{}
			order = append(order, key)
		}
		times[key][rep] += ms
		phases[key][rep]++
	}
	for _, t := range rows {
		if !t.Warm || t.Items <= 0 || t.Phase == store.PhaseTransform {
			continue
		}
		ms := float64(t.NS) / float64(t.Items) / 1e6
		add(phaseKey{t.Variant, t.Modality, t.Phase}, t.Rep, ms)
		add(phaseKey{t.Variant, t.Modality, Total}, t.Rep, ms)
	}
	for key, count := range phases { // a repetition that lacks a phase has no total
		most := slices.Max(slices.Collect(maps.Values(count)))
		for rep, n := range count {
			if n < most {
				delete(times[key], rep)
			}
		}
	}
	return times, order
}

// Times holds how long a phase of a variant's images or texts, or Total, took in each repetition of a run.
type Times struct {
	Variant, Modality, Phase string
	MS                       []float64 // milliseconds per item
}

// TimesOf are the times of a run, in the order of its rows. Every command that judges times uses them.
func TimesOf(rows []store.Timing) []Times {
	times, order := timesOf(rows)
	out := make([]Times, 0, len(order))
	for _, key := range order {
		out = append(out, Times{key.variant, key.modality, key.phase, times[key].list()})
	}
	return out
}

// Check tells why times cannot be compared.
func (t Times) Check() error {
	if len(t.MS) == 0 || slices.Min(t.MS) <= 0 {
		return errNoTime
	}
	return nil
}

// errNoTime means that a clock stood still, or that the rows are from a damaged run.
var errNoTime = errors.New("a time of 0 or less")

// timings compares every phase. It does not when the machines are unlike, unless the options ask for it.
func (c *comparer) timings() {
	if skipsTiming(c.base.Run) && skipsTiming(c.head.Run) {
		c.out.NotTimed = true
		c.note("timings are not compared: the suites of both runs skip them")
		return
	}
	for _, one := range []struct {
		skips, times string
		run, other   store.Run
	}{{"HEAD", "BASE", c.head.Run, c.base.Run}, {"BASE", "HEAD", c.base.Run, c.head.Run}} {
		if skipsTiming(one.run) && !skipsTiming(one.other) {
			c.problem(KindTiming, "", "", "timings are not compared: %s's suite skips them, %s's does not", one.skips, one.times)
			return
		}
	}
	if !c.out.SameMachine && !c.opt.OtherHardware {
		c.problem(KindTiming, "", "", "timings are not compared: the machines of the runs differ (cpu, cores or threads): --other-hardware compares them all the same")
		return
	}
	base, order := timesOf(c.base.Timings)
	head, _ := timesOf(c.head.Timings)
	common := map[string]shared{}
	for _, modality := range []string{"image", "text"} {
		common[modality] = c.shared(base, head, modality)
	}
	timed := map[string]bool{}
	for _, key := range c.inOrder(order) {
		if !slices.Contains(c.out.Variants, key.variant) {
			continue
		}
		timed[key.variant] = true
		t, err := timing(key, base[key], head[key], common[key.modality])
		if err != nil {
			c.problem(KindTiming, key.variant, "", "%s %s: %v", key.modality, key.phase, err)
			continue
		}
		c.out.Timings = append(c.out.Timings, t)
	}
	for _, v := range c.out.Variants {
		if !timed[v] {
			c.problem(KindTiming, v, "", "no timings in BASE")
		}
	}
	var p []float64
	for _, t := range c.out.Timings {
		p = append(p, t.P)
	}
	for i, h := range stats.Holm(p) {
		c.out.Timings[i].Holm = h
	}
}

// skipsTiming tells whether a run's suite left timings out.
func skipsTiming(r store.Run) bool {
	return r.Skip != nil && slices.Contains(strings.Split(*r.Skip, ","), "timing")
}

// inOrder sorts keys by variant, with image before text and the total last. The rows have another order,
// because each round begins with another variant and a phase may be missing.
func (c *comparer) inOrder(keys []phaseKey) []phaseKey {
	rank := func(k phaseKey) (out [2]int) {
		out[0] = slices.Index(c.out.Variants, k.variant)
		if k.phase == Total {
			out[1] = 1
		}
		return out
	}
	slices.SortStableFunc(keys, func(a, b phaseKey) int {
		x, y := rank(a), rank(b)
		return cmp.Or(cmp.Compare(x[0], y[0]), strings.Compare(a.modality, b.modality), cmp.Compare(x[1], y[1]))
	})
	return keys
}

func timing(key phaseKey, base, head samples, all shared) (Timing, error) {
	t := Timing{Variant: key.variant, Modality: key.modality, Phase: key.phase}
	b, h := base.list(), head.list()
	if len(h) == 0 {
		return t, fmt.Errorf("missing in HEAD")
	}
	if len(b) == 0 {
		return t, fmt.Errorf("missing in BASE")
	}
	if !measured(base) || !measured(head) {
		return t, errNoTime
	}
	t.Base, t.Head = spread(b), spread(h)
	t.Ratio, t.P = t.Head.MS/t.Base.MS, stats.MannWhitney(b, h)
	t.LeastP = stats.MannWhitneyLeast(len(b), len(h))
	t.Machine = all.machine
	own, other := spread(all.base.even(base)), all.head.even(head)
	for i := range other {
		other[i] /= all.machine
	}
	now := spread(other)
	t.Relative, t.RelativeLow = now.MS/own.MS, now.Low/own.MS
	t.RelativeP = stats.MannWhitney(all.base.even(base), other)
	return t, nil
}

func spread(x []float64) Spread {
	low, high := stats.MedianCI(x)
	return Spread{MS: stats.Median(x), Low: low, High: high, N: len(x)}
}
