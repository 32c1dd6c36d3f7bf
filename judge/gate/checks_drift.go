package gate

import (
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/judge/compare"
)

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
	what := fmt.Sprintf("%s embeddings are BASE's %s: scale only (mean |a-b| %.2g, limit %s; once scaled back %.2g; scores do not depend on lengths)", d.Modality, d.Times(), d.MeanAbs, limit.text, d.Direction)
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
		j.unmeasured(compare.KindDrift, variant, "", "there is no flip budget of the policy's R@K: BASE has no such metric, or no margins because an older fastclip wrote it")
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
