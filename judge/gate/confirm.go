package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Doubtful tells whether re-runs of the timings could change a verdict: a variant is slower, or
// speed could not be measured though both runs were timed on one machine.
func (r *Result) Doubtful() bool {
	return r.Suspects > 0 || slices.ContainsFunc(r.Regressions, func(f Finding) bool { return f.Check == CheckSlowdown }) ||
		slices.ContainsFunc(r.Unmeasured, func(p compare.Problem) bool { return p.Kind == compare.KindTiming })
}

// Confirm judges with re-runs: again are the same comparison with the timings of one re-run each
// (Comparison.Again), as many as were made. Speed is judged by the timings, HEAD's own or a
// re-run's, of which the machine was most like BASE's; and a slowdown stands only when the
// re-runs' median is beyond the limit, too, and each of them shows half of the limit at least. Where
// BASE was not run again beside HEAD, what it was lucky by is in every re-run: then their median
// must be three quarters of the way to the limit of what was not confirmed.
// So a variant that one process slowed by chance, and a night whose machine was slow, are no
// regression; a variant that is slower each time it is run is one.
func Confirm(c *compare.Comparison, p *Policy, again []*compare.Comparison, baseToo bool) *Result {
	if len(again) == 0 {
		return Judge(c, p)
	}
	calmest := c
	for _, x := range again {
		if unrest(x) < unrest(calmest) {
			calmest = x
		}
	}
	j := newJudge(calmest, p)
	j.again = true
	j.all()
	j.out.Regressions = slices.DeleteFunc(j.out.Regressions, func(f Finding) bool {
		if f.Check != CheckSlowdown {
			return false
		}
		changes := changesOf(again, f.Variant, f.Where)
		text := make([]string, len(changes))
		for i, x := range changes {
			text[i] = fmt.Sprintf("%+.1f", 100*x)
		}
		limit := f.Limit / 100
		median := limit
		if r := p.rule(f.Variant); !baseToo {
			median += 0.75 * max(0, *r.Slowdown.UnconfirmedPercent/100-limit)
		}
		stands := len(changes) == len(again) && stats.Median(changes) > median && slices.Min(changes) > limit/2
		verb := "do not show"
		if stands {
			verb = "show"
		}
		j.noted("%s: %s: %d re-runs %s it (%s %%)", f.Variant, f.Text, len(again), verb, strings.Join(text, ", "))
		return !stands
	})
	j.conclude()
	return j.out
}

// unrest is how much faster or slower the machine was, over the modalities.
func unrest(c *compare.Comparison) (most float64) {
	if len(c.Timings) == 0 {
		return math.Inf(1)
	}
	for _, t := range c.Timings {
		most = max(most, math.Abs(math.Log(t.Machine)))
	}
	return most
}

// changesOf are by how much longer a variant took in each re-run that timed it.
func changesOf(again []*compare.Comparison, variant, modality string) (out []float64) {
	for _, c := range again {
		for _, t := range c.Timings {
			if t.Variant == variant && t.Modality == modality && t.Phase == compare.Total {
				out = append(out, t.Relative-1)
			}
		}
	}
	return out
}
