package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Doubtful tells whether re-runs of the timings could change the verdict. They could when a variant is
// slower, or when speed could not be measured although both runs were timed on one machine.
func (r *Result) Doubtful() bool {
	return r.Suspects > 0 || slices.ContainsFunc(r.Regressions, func(f Finding) bool { return f.Check == CheckSlowdown }) ||
		slices.ContainsFunc(r.Unmeasured, func(p compare.Problem) bool { return p.Kind == compare.KindTiming })
}

// Confirm judges with re-runs. Each element of again is the same comparison with the timings of one re-run
// (Comparison.Again).
//
// Confirm judges speed by the timings whose machine was most like BASE's: HEAD's own, or those of a
// re-run. A slowdown stands only when the median of the re-runs is beyond the limit, too, and each re-run
// shows at least half of the limit.
//
// Without baseToo, BASE was not run again beside HEAD, so BASE's luck is in every re-run. The median must
// then reach three quarters of the way from the limit to the limit of unconfirmed slowdowns.
//
// So one process that was slow by chance is no regression, and neither is a night on a slow machine. A
// variant that is slower in every re-run is one.
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

// unrest is how far the machine's speed was from BASE's, as the largest |log| over the modalities.
func unrest(c *compare.Comparison) (most float64) {
	if len(c.Timings) == 0 {
		return math.Inf(1)
	}
	for _, t := range c.Timings {
		most = max(most, math.Abs(math.Log(t.Machine)))
	}
	return most
}

// changesOf has, for each re-run that timed a variant, how much longer the variant took.
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
