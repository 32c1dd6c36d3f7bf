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

func (j *judge) drift(variant string, r *Rule) {
	if !r.judges(CheckDrift) {
		return
	}
	n := 0
	for _, d := range j.cmp.Drift {
		if d.Variant != variant {
			continue
		}
		n++
		limit, ok := j.driftLimit(d, r.Drift)
		if ok && d.ScaleOnly(limit.value) {
			if j.scaleOnly(d, r.Drift.Scale == ScaleAllow, limit); r.Drift.Scale == ScaleAllow {
				j.row(d, r.Drift, limit)
			}
		} else if ok && d.MeanAbs > limit.value {
			j.out.Regressions = append(j.out.Regressions, Finding{Check: CheckDrift, Variant: variant, Dataset: d.Dataset, Where: d.Modality, Value: d.MeanAbs, Limit: limit.value,
				Stage: j.driftStage(variant, d.Dataset, d.Modality),
				Text:  fmt.Sprintf("%s%s embeddings are %.2g from BASE's (mean |a-b|, limit %s; largest %.2g, least cosine %.6f)", j.ifReference(variant), d.Modality, d.MeanAbs, limit.text, d.MaxAbs, d.CosineMin)})
		} else if ok {
			j.row(d, r.Drift, limit)
		}
	}
	j.flips(variant, r)
	j.growth(variant, r)
	j.judged(CheckDrift, variant, n, compare.KindDrift)
}

// row judges the item that moved farthest. One wrong picture among thousands does not move the mean, so
// the mean alone would miss it.
func (j *judge) row(d compare.Drift, r *Drift, limit driftLimit) {
	most := *r.RowFactor * limit.value
	value, item, beyond := d.RowMeanAbs, d.RowItem, d.Beyond(most)
	if r.Scale == ScaleAllow {
		value, item, beyond = d.RowDirection, d.RowDirectionItem, d.DirectionBeyond(most)
	}
	if value <= most {
		return
	}
	j.out.Regressions = append(j.out.Regressions, Finding{Check: CheckDrift, Variant: d.Variant, Dataset: d.Dataset, Where: d.Modality + " row", Value: value, Limit: most,
		Stage: j.driftStage(d.Variant, d.Dataset, d.Modality),
		Text: fmt.Sprintf("%s%d of %d %s embeddings are more than %.2g from BASE's, farthest %s by %.2g (mean |a-b| of one; %g times the limit of all; least cosine %.6f)",
			j.ifReference(d.Variant), beyond, d.Items, d.Modality, most, item, value, *r.RowFactor, d.CosineMin)})
}

// ifReference begins a finding about the reference with a warning, because all drift is measured from the
// reference.
func (j *judge) ifReference(variant string) string {
	if variant == j.cmp.Reference {
		return "the reference itself changed: its "
	}
	return ""
}

// scaleOnly reports embeddings that differ from BASE's only in length. The policy decides whether that is
// allowed.
func (j *judge) scaleOnly(d compare.Drift, allowed bool, limit driftLimit) {
	what := fmt.Sprintf("%s embeddings are BASE's %s: scale only (mean |a-b| %.2g, limit %s; once scaled back %.2g; scores see no lengths)", d.Modality, d.Times(), d.MeanAbs, limit.text, d.Direction)
	if allowed {
		j.noted("%s on %s: %s, which the policy allows", d.Variant, d.Dataset, what)
		return
	}
	j.out.Regressions = append(j.out.Regressions, Finding{Check: CheckDrift, Variant: d.Variant, Dataset: d.Dataset, Where: d.Modality, Value: d.MeanAbs, Limit: limit.value,
		Stage: j.driftStage(d.Variant, d.Dataset, d.Modality),
		Text:  fmt.Sprintf("%s%s: drift: {scale: allow} in the policy lets lengths change", j.ifReference(d.Variant), what)})
}

// driftLimit is a limit and a text that says where it comes from.
type driftLimit struct {
	value float64
	text  string
}

// driftLimit is the smaller of the policy's two limits of mean |a-b|. It is not ok when the policy sets
// neither, or when the limit is a multiple of a noise floor that was not measured.
func (j *judge) driftLimit(d compare.Drift, r *Drift) (limit driftLimit, ok bool) {
	if r.FloorFactor != nil {
		if d.Floor == nil {
			j.unmeasured(compare.KindDrift, d.Variant, d.Dataset, "the noise floor of %ss, of which the policy's limit is a multiple, was not measured in HEAD", d.Modality)
			return limit, false
		}
		limit, ok = driftLimit{*r.FloorFactor * *d.Floor, fmt.Sprintf("%.2g: %g times the noise floor of %.2g", *r.FloorFactor**d.Floor, *r.FloorFactor, *d.Floor)}, true
	}
	if r.MeanAbs != nil && (!ok || *r.MeanAbs < limit.value) {
		limit, ok = driftLimit{*r.MeanAbs, fmt.Sprintf("%g", *r.MeanAbs)}, true
	}
	return limit, ok
}

// flips judges by the flip budget. It fails a drift that could have changed more outcomes than the policy
// allows.
func (j *judge) flips(variant string, r *Rule) {
	if r.Drift.MayChangePercent == nil {
		return
	}
	n := 0
	for _, b := range j.cmp.Budgets {
		if b.Variant != variant || !r.scores(b.Metric, b.Direction) {
			continue
		}
		n++
		if open := 100 * float64(b.Uncertain) / float64(b.Queries); open > *r.Drift.MayChangePercent {
			modality := "image"
			if j.driftOf(variant, b.Dataset, "image") == 0 {
				modality = "text"
			}
			j.out.Regressions = append(j.out.Regressions, Finding{Check: CheckDrift, Variant: variant, Dataset: b.Dataset, Where: b.Direction + " " + b.Metric + " flip budget",
				Value: open, Limit: *r.Drift.MayChangePercent, Stage: j.driftStage(variant, b.Dataset, modality),
				Text: fmt.Sprintf("its drift can have changed the %s %s of %d of %d queries (limit %g %%): unit embeddings moved by up to %.2g, the flip budget is %.2g",
					b.Metric, b.Direction, b.Uncertain, b.Queries, *r.Drift.MayChangePercent, b.Moved, b.Allowed)})
		}
	}
	if n == 0 {
		j.unmeasured(compare.KindDrift, variant, "", "no flip budget of the policy's R@K: BASE has no margins (it is from before they were stored), or no such metric")
	}
}

// growth judges the drift from the run's own reference. It stays silent where the drift check has a
// finding already, and where the reference itself moved.
func (j *judge) growth(variant string, r *Rule) {
	for _, s := range j.cmp.Ladder {
		if s.Variant != variant || s.Stage != "embedding" || s.Stat != "mean_abs" || s.Base == nil || s.Head == nil {
			continue
		}
		found := slices.ContainsFunc(j.out.Regressions, func(f Finding) bool {
			return f.Check == CheckDrift && f.Variant == variant && f.Dataset == s.Dataset && f.Where == s.Modality
		})
		limit := *r.Drift.ReferenceFactor * max(*s.Base, *r.Drift.ReferenceFloor)
		if *s.Head <= limit || found || j.referenceMoved(s.Dataset, s.Modality) {
			continue
		}
		// A pure change of length passes where the policy allows it, and where flips or the noise floor
		// replace the limit of mean |a-b|.
		at := slices.IndexFunc(j.cmp.Drift, func(d compare.Drift) bool {
			return d.Variant == variant && d.Dataset == s.Dataset && d.Modality == s.Modality && d.ScaleOnly(limit)
		})
		if at >= 0 && (r.Drift.MeanAbs == nil || r.Drift.Scale == ScaleAllow) {
			j.scaleOnly(j.cmp.Drift[at], true, driftLimit{limit, fmt.Sprintf("%.2g", limit)})
		} else {
			j.out.Regressions = append(j.out.Regressions, Finding{Check: CheckDrift, Variant: variant, Dataset: s.Dataset, Where: s.Modality + " from the reference", Value: *s.Head, Limit: limit,
				Stage: j.driftStage(variant, s.Dataset, s.Modality),
				Text:  fmt.Sprintf("%s embeddings drift from the reference by %.2g, in BASE by %.2g (mean |a-b|, limit %.2g)", s.Modality, *s.Head, *s.Base, limit)})
		}
	}
}

// referenceMoved tells whether the reference itself drifted beyond its limit. That is a finding of its
// own.
func (j *judge) referenceMoved(dataset, modality string) bool {
	for _, d := range j.cmp.Drift {
		r := j.policy.rule(d.Variant)
		if d.Variant != j.cmp.Reference || d.Dataset != dataset || d.Modality != modality || r == nil {
			continue
		}
		if limit, ok := j.driftLimit(d, r.Drift); ok && d.MeanAbs > limit.value {
			return true
		}
	}
	return false
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
			x.note = fmt.Sprintf("%s: %ss took %.1f %% longer beside the other variants, which one process may by luck (limit %g %%, %g %% when confirmed): --confirm runs it again",
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
		j.noted("all variants took %.0f %% longer for %ss with the same program, models and data: it is the machine; one that is slower by less cannot be told from it", shift, t.Modality)
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
