package gate

import (
	"fmt"
	"math"
	"slices"

	"github.com/fastclip/fastclip/judge/compare"
)

func (j *judge) scores(variant string, r *Rule) {
	if !r.judges(CheckScore) {
		return
	}
	n := 0
	for _, s := range j.cmp.Scores {
		if s.Variant != variant || !r.scores(s.Metric, s.Direction) {
			continue
		}
		n++
		if s.Changed == 0 {
			continue // no test: its p value is 1 whatever happens (Tarone 1990)
		}
		t := test{check: CheckScore, p: s.P}
		if lost := -100 * s.Delta; lost > *r.Score.Points {
			was, now := compare.Points(s.Base, s.Head)
			t.finding = &Finding{Check: CheckScore, Variant: variant, Dataset: s.Dataset, Where: s.Direction + " " + s.Metric, Value: lost, Limit: *r.Score.Points,
				Stage: j.scoreStage(variant, s.Dataset),
				Text: fmt.Sprintf("%s %s fell from %s to %s: %s points (95 %% %s to %s, limit %g)",
					s.Metric, s.Direction, was, now, compare.PointsBy(-s.Delta), compare.PointsBy(-s.High), compare.PointsBy(-s.Low), *r.Score.Points)}
			t.groups = s.Groups
		}
		j.tests = append(j.tests, t)
	}
	j.judged(CheckScore, variant, n, compare.KindScore)
}

// speed judges the total times.
func (j *judge) speed(variant string, r *Rule) {
	if !r.judges(CheckSlowdown) {
		return
	}
	n := 0
	limit, machine := *r.Slowdown.Percent/100, *r.Slowdown.MachinePercent/100
	if !j.again {
		limit = max(limit, *r.Slowdown.UnconfirmedPercent/100)
	}
	for _, t := range j.cmp.Timings {
		if t.Variant != variant || t.Phase != compare.Total {
			continue
		}
		n++
		x := test{check: CheckSlowdown, p: t.RelativeP}
		beyond := j.machine(t, limit, machine)
		switch least := 1 + *r.Slowdown.Percent/100; {
		case t.RelativeLow > 1+beyond && t.Machine < 1-machine && t.Ratio <= 1:
			x.problem = &compare.Problem{Kind: compare.KindTiming, Variant: variant, Reason: fmt.Sprintf(
				"%ss took %.0f %% longer beside the others, which took less than in BASE: a faster machine hides a slowdown, or the others gained: run BASE again",
				t.Modality, 100*(t.Relative-1))}
		case t.RelativeLow > 1+beyond, j.again && t.RelativeLow > 1 && t.Relative > 1+beyond: // with re-runs, they take the place of the interval
			x.finding = j.slow(t, 100*limit)
		case !j.again && t.RelativeLow > 1 && t.Relative > least && t.Ratio > 1:
			x.note = fmt.Sprintf("%s: %ss took %.1f %% longer beside the other variants, which can happen to one process by chance (limit %g %%, %g %% when confirmed): --confirm runs it again",
				variant, t.Modality, 100*(t.Relative-1), 100*limit, *r.Slowdown.Percent)
		}
		j.tests = append(j.tests, x)
	}
	j.judged(CheckSlowdown, variant, n, compare.KindTiming)
}

// machine notes when all variants became slower or faster together. It returns how much slower than the
// others a variant must be to be at fault: a slowdown smaller than the machine's own cannot be blamed on a
// variant.
func (j *judge) machine(t compare.Timing, limit, most float64) (beyond float64) {
	shift := 100 * math.Abs(t.Machine-1)
	switch {
	case t.Machine > 1+most && j.cmp.SamePlan:
		j.noted("all variants took %.0f %% longer for %ss with the same program, models and data: the machine is the cause, and a variant that is slower by less than this cannot be told apart", shift, t.Modality)
		return max(limit, t.Machine-1)
	case t.Machine > 1+most:
		j.unmeasured(compare.KindTiming, "", "", "all variants took %.0f %% longer for %ss: a slower machine, or something that all share (see what differs): run HEAD again", shift, t.Modality)
		return max(limit, t.Machine-1)
	case t.Machine < 1-most:
		j.noted("all variants took %.0f %% less for %ss: each is judged beside the others", shift, t.Modality)
	}
	return limit
}

func (j *judge) slow(t compare.Timing, limit float64) *Finding {
	return &Finding{Check: CheckSlowdown, Variant: t.Variant, Where: t.Modality, Value: 100 * (t.Relative - 1), Limit: limit, Stage: j.slowStage(t.Variant, t.Modality),
		Text: fmt.Sprintf("%s takes %.3g ms instead of %.3g: %.1f %% longer beside the other variants (limit %g %%)",
			article(t.Modality), t.Head.MS, t.Base.MS, 100*(t.Relative-1), limit)}
}

func (j *judge) noted(format string, args ...any) {
	if note := fmt.Sprintf(format, args...); !slices.Contains(j.out.Notes, note) {
		j.out.Notes = append(j.out.Notes, note)
	}
}

func article(modality string) string {
	if modality == "image" {
		return "an image"
	}
	return "a " + modality
}
