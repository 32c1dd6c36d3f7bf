package checkpoints

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
)

// changes computes two things for each direction: the share of queries whose first item differs from the
// reference's, and the flip budget at each K.
func (c *comparing) changes(ctx context.Context, s *embed.Set, v *variants.Variant, at int) error {
	turn := sync.OnceValues(func() (*rank.Unit, float64) {
		refTexts, refImages := s.Units(c.Reference)
		texts, images := s.Raws(v)
		return drift.SharedTurn(refImages, refTexts, images, texts)
	})
	found := c.Found[s][at]
	budgets, errs := make([][]drift.Budget, len(found)), make([]error, len(found))
	compute := func(i int) {
		if ref, ok := c.reference(s, found[i]); ok && c.comparable(s, v, found[i].Search.Direction) {
			budgets[i], errs[i] = c.budgetsOf(s, v, found[i], func() ([]drift.Budget, error) { return c.flips(ctx, s, v, ref, turn) })
		}
	}
	if score.Pairs(s) > together { // each direction uses all cores, and much memory
		for i := range found {
			compute(i)
		}
	} else { // parts of the work have one thread; pictures among themselves, the last, wait for no other direction
		machine.OnCores(len(found), func(i int) { compute(len(found) - 1 - i) })
	}
	for i, f := range found {
		ref, ok := c.reference(s, f)
		if !ok {
			continue
		}
		if errs[i] != nil {
			return errs[i]
		}
		changed := 0
		for q, o := range f.Outcomes {
			if o.Top[0] != ref.Outcomes[q].Top[0] {
				changed++
			}
		}
		stage, n := rankStage(f.Search.Direction), len(f.Outcomes)
		c.addDrift(s, v, "similarity", stage, "top1_changed", float64(changed)/float64(n), int64(n))
		for k, b := range budgets[i] {
			c.budgetRows(s, v, stage, rank.MarginCuts[k], b)
			f.Certain[fmt.Sprintf("R@%d", rank.MarginCuts[k])] = b // the query rows show it
		}
	}
	return nil
}

// together is the number of similarities up to which the directions of a dataset are worked on at the same time.
const together = 1 << 22

// reference is what the reference found in the direction of f.
func (c *comparing) reference(s *embed.Set, f score.Found) (score.Found, bool) {
	return score.InDirection(c.Found[s][slices.Index(c.Variants, c.Reference)], f.Search.Direction)
}

// comparable tells whether the embeddings of a direction have the shapes of the reference's.
func (c *comparing) comparable(s *embed.Set, v *variants.Variant, direction string) bool {
	texts := direction == store.ImageToImage || alike(s.TextEmb[v.TextKey], s.TextEmb[c.Reference.TextKey])
	return texts && alike(s.ImageEmb[v.ImageKey], s.ImageEmb[c.Reference.ImageKey])
}

// flips computes the flip budgets of a variant in the direction of the reference's outcomes.
func (c *comparing) flips(ctx context.Context, s *embed.Set, v *variants.Variant, ref score.Found, turn drift.Rotation) ([]drift.Budget, error) {
	items, rows, cuts := len(s.Good), len(s.Good)+len(s.Texts), rank.MarginCuts[:]
	switch ref.Search.Direction {
	case store.ImageToText:
		items = len(s.Texts)
	case store.ImageToImage:
		rows = len(s.Good)
	}
	if drift.TooLarge(len(ref.Outcomes), items, rows*s.ImageEmb[c.Reference.ImageKey].Dim) {
		return drift.Stop(len(ref.Outcomes), len(cuts)), nil
	}
	refTexts, refImages := s.Units(c.Reference)
	texts, images := s.Raws(v)
	of := drift.Retrieval{Counted: ref.Search.Counted, Relevant: ref.Search.Relevant, Self: ref.Search.Self, Outcomes: ref.Outcomes}
	switch ref.Search.Direction {
	case store.TextToImage:
		return drift.FlipBudget(ctx, of, refTexts, refImages, texts, images, cuts, turn)
	case store.ImageToText:
		return drift.FlipBudget(ctx, of, refImages, refTexts, images, texts, cuts, turn)
	}
	return drift.FlipBudget(ctx, of, refImages, refImages, images, images, cuts, nil)
}

// budgetsOf are a direction's flip budgets, or those that an earlier run computed from the same
// embeddings.
func (c *comparing) budgetsOf(s *embed.Set, v *variants.Variant, f score.Found, compute func() ([]drift.Budget, error)) ([]drift.Budget, error) {
	cuts := rank.MarginCuts[:]
	n, out := len(f.Search.Counted), make([]drift.Budget, len(cuts))
	take := func(data []byte) error {
		if len(data) != 2*n*len(cuts) {
			return fmt.Errorf("%d stored verdicts, want %d", len(data)/2, n*len(cuts))
		}
		for i := range out {
			out[i] = drift.Budget{Verdicts: make([]drift.Verdict, n), By: make([]drift.Certificate, n)}
			for q := range n {
				at := 2 * (i*n + q)
				out[i].Verdicts[q], out[i].By[q] = drift.Verdict(data[at]), drift.Certificate(data[at+1])
			}
		}
		return nil
	}
	parts := slices.Concat(s.Contents(v), s.Contents(c.Reference), []string{"flips 3", f.Search.Direction, fmt.Sprint(cuts)})
	if f.Search.Drawn != "" {
		parts = append(parts, f.Search.Drawn) // verdicts of other queries are not these
	}
	key, ok := c.Kept.Find(take, parts...)
	if ok {
		return out, nil
	}
	out, err := compute()
	if err != nil {
		return nil, err
	}
	data := make([]byte, 0, 2*n*len(cuts))
	for _, b := range out {
		for q, v := range b.Verdicts {
			data = append(data, byte(v), byte(b.By[q]))
		}
	}
	c.Kept.Put(key, data)
	return out, nil
}

// rankStage is the stage of a direction's outcomes. For text queries it is the last stage of the ladder.
func rankStage(direction string) string {
	if direction == store.TextToImage {
		return store.StageRank
	}
	return store.StageRank + ":" + direction
}

// budgetRows writes a budget. The plain name "certain" is for R@1.
func (c *comparing) budgetRows(s *embed.Set, v *variants.Variant, stage string, k int, b drift.Budget) {
	certain, n := "certain", int64(len(b.Verdicts))
	if k > 1 {
		certain = fmt.Sprintf("certain_r%d", k)
	}
	c.addDrift(s, v, "similarity", stage, certain, b.Certain(), n)
	for _, by := range append(drift.Certificates, drift.Stopped) {
		name := "certain_by_" + by.String()
		if by == drift.Stopped {
			name = "stopped"
		}
		if k > 1 {
			name += fmt.Sprintf("_r%d", k)
		}
		c.addDrift(s, v, "similarity", stage, name, b.Share(by), n)
	}
	c.addDrift(s, v, "similarity", stage, fmt.Sprintf("r%d_low", k), b.Low(), n)
	c.addDrift(s, v, "similarity", stage, fmt.Sprintf("r%d_high", k), b.High(), n)
}
