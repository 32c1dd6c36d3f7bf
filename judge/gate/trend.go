package gate

import (
	"fmt"
	"math"
	"slices"

	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/history"
	"github.com/fastclip/fastclip/metrics/stats"
)

// The nights that tonight is judged by.
const (
	pastNights  = 20 // tonight's level is compared with their spread
	leastNights = 10 // fewer nights say too little about the spread
	cusumNights = 80 // a slow change is followed over these; the first pastNights are its baseline
	cusumK      = 0.75
	cusumH      = 9 // standard deviations: with both ways to see a slowdown about one false alarm in 100 nights (TestFollowCalibration)
)

// Follow also judges tonight's speed by the nights before it. One comparison cannot always tell a slowdown
// from one process's luck. Such a slowdown stands out from the spread of many nights, at once or as a sum
// of small ones. Follow adds its findings to r and returns r.
func Follow(r *Result, c *compare.Comparison, p *Policy, h *history.History) *Result {
	j := &judge{policy: p, cmp: c, out: r}
	levels, err := h.Levels(c.Head.RunID, c.Base.RunID)
	if err != nil {
		j.unmeasured(compare.KindTiming, "", "", "the nights before: %v", err)
	}
	judged := slices.DeleteFunc(levels, func(l history.Level) bool {
		rule := p.rule(l.Variant)
		return rule == nil || !rule.judges(CheckSlowdown) || !slices.Contains(c.Variants, l.Variant)
	})
	for _, l := range judged {
		j.follow(l, len(judged))
	}
	if len(judged) == 0 && err == nil && !c.NotTimed {
		j.noted("earlier nights cannot judge speed: no variant was timed on this machine beside two others")
	}
	j.steps(h)
	j.conclude()
	return r
}

// follow judges one variant's images or texts.
func (j *judge) follow(l history.Level, tests int) {
	tonight := len(l.Log) - 1
	if tonight < leastNights {
		j.noted("speed is not judged by the nights before: %d of this suite on this machine since the baseline, %d are needed", tonight, leastNights)
		return
	}
	if slices.ContainsFunc(j.out.Regressions, func(f Finding) bool {
		return f.Check == CheckSlowdown && f.Variant == l.Variant && f.Where == l.Modality
	}) {
		return // the comparison with BASE reports it already
	}
	limit := math.Log1p(*j.policy.rule(l.Variant).Slowdown.HistoryPercent / 100)
	past := l.Log[max(0, tonight-pastNights):tonight]
	usual, _ := stats.MeanStd(past)
	// The test is one-sided: half of alpha goes to slowdowns. The two ways to see one share that half.
	if p := stats.AbovePrediction(past, l.Log[tonight]); p*float64(tests) < j.policy.Alpha/4 && l.Log[tonight]-usual > limit {
		j.slower(l, l.Log[tonight]-usual, p*float64(tests), tests, fmt.Sprintf("tonight, beside %d nights", len(past)))
		return
	}
	followed := l.Log[max(0, len(l.Log)-cusumNights):]
	if len(followed) <= pastNights {
		return
	}
	base, rest := followed[:pastNights], followed[pastNights:]
	sum, from := stats.Cusum(base, rest, cusumK)
	if sum <= cusumH {
		return
	}
	before, _ := stats.MeanStd(base)
	now, _ := stats.MeanStd(rest[from:])
	if now-before > limit {
		since := l.Nights[len(l.Nights)-len(rest)+from]
		j.slower(l, now-before, 0, 0, fmt.Sprintf("on %d nights since %s (%s), summed up", len(rest)-from, since.Started.Format("2006-01-02"), since.RunID))
	}
}

func (j *judge) slower(l history.Level, shift, p float64, tests int, when string) {
	percent := 100 * math.Expm1(shift)
	j.out.Regressions = append(j.out.Regressions, Finding{
		Check: CheckSlowdown, Variant: l.Variant, Where: l.Modality, Value: percent, Limit: *j.policy.rule(l.Variant).Slowdown.HistoryPercent, P: p, Tests: tests,
		Stage: j.slowStage(l.Variant, l.Modality),
		Text:  fmt.Sprintf("%s takes %.1f %% longer beside the other variants %s", article(l.Modality), percent, when),
	})
}
