package compare

import (
	"fmt"

	"github.com/fastclip/fastclip/internal/store"
)

// Step is a row of both runs' drift.parquet, which holds each variant's drift from its own run's
// reference. A value is nil when that run has no such row. For example, a stage that does not differ has
// no swap.
type Step struct {
	Variant  string   `json:"variant"`
	Dataset  string   `json:"dataset"`
	Modality string   `json:"modality"`
	Stage    string   `json:"stage"`
	Stat     string   `json:"stat"`
	Base     *float64 `json:"base"`
	Head     *float64 `json:"head"`
}

// ladder sets the two runs' own drifts side by side, in HEAD's order, which is the pipeline's.
func (c *comparer) ladder() {
	if b, h := reference(c.base), reference(c.head); b != h {
		c.out.OtherReference = fmt.Sprintf("the reference is %s in HEAD, %s in BASE", h, b)
		c.problem(KindDrift, "", "", "%s: drifts from it are not compared; %s", c.out.OtherReference, c.references(b, h))
		last := len(c.out.Problems) - 1 // said first, because all drift is measured from the reference
		c.out.Problems = append([]Problem{c.out.Problems[last]}, c.out.Problems[:last]...)
		return
	}
	at := map[Step]int{}
	row := func(d store.Drift) *Step {
		key := Step{Variant: d.Variant, Dataset: d.Dataset, Modality: d.Modality, Stage: d.Stage, Stat: d.Stat}
		if _, ok := at[key]; !ok {
			at[key] = len(c.out.Ladder)
			c.out.Ladder = append(c.out.Ladder, key)
		}
		return &c.out.Ladder[at[key]]
	}
	for _, run := range []struct {
		rows []store.Drift
		set  func(*Step, *float64)
	}{
		{c.head.Drift, func(s *Step, v *float64) { s.Head = v }}, {c.base.Drift, func(s *Step, v *float64) { s.Base = v }},
	} {
		for _, d := range run.rows {
			if !c.both(d.Variant, d.Dataset) {
				continue
			}
			if !finite(d.Value) {
				c.problem(KindDrift, d.Variant, d.Dataset, "drift from the reference at %s (%s, %s) is not a number", d.Stage, d.Modality, d.Stat)
				continue
			}
			run.set(row(d), &d.Value)
		}
	}
	c.lostSteps()
}

// lostSteps reports drifts from the reference that BASE has and HEAD lacks. It does not report swaps: only
// a stage that differs has one, and a variant that became equal to the reference has none.
func (c *comparer) lostSteps() {
	for _, s := range c.out.Ladder {
		if s.Head == nil && s.Stat == "mean_abs" && s.Stage == "embedding" {
			c.problem(KindDrift, s.Variant, s.Dataset, "drift of %s from the reference is missing in HEAD", s.Modality)
		}
	}
}

func reference(r Run) string {
	for _, v := range r.Variants {
		if v.IsReference {
			return v.Variant
		}
	}
	return "none"
}
