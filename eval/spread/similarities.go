package spread

import (
	"context"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/cache"
)

// Comparison is the similarities of a variant and of the reference on a dataset.
type Comparison struct {
	drift.Similarities
	Parts []string // everything that the result depends on
}

// Compare prepares a comparison. contents and ref are the Contents of the variant and of the reference. When all
// texts would make more than the suite's number of pairs with the pictures, only a random sample of them is left.
func Compare(of drift.Similarities, contents, ref []string, chosen *suite.Suite, dataset string) Comparison {
	c := Comparison{of, slices.Concat(contents, ref, []string{"similarities 1"})}
	n, _ := of.Texts.Shape()
	m, _ := of.Images.Shape()
	if places := score.Draw(n, m, chosen, dataset+"\x00similarities"); places != nil {
		c.Texts, c.RefTexts = of.Texts.Pick(places), of.RefTexts.Pick(places)
		c.Parts = append(c.Parts, fmt.Sprintf("%d of %s drawn with %d", len(places), dataset, chosen.Seed))
	}
	return c
}

// ByRanges compares one range of texts after the other. It keeps each range, and takes those that workers or an
// earlier run have kept.
func (c Comparison) ByRanges(ctx context.Context, kept cache.Scope, alive func()) (*drift.Difference, error) {
	whole := &drift.Difference{}
	for i := range c.Ranges() {
		part, err := c.keep(ctx, kept, i)
		if err != nil {
			return nil, err
		}
		part.AddTo(whole)
		alive()
	}
	return whole, nil
}

// keep compares a range's texts, or finds what was kept.
func (c Comparison) keep(ctx context.Context, kept cache.Scope, number int) (out drift.Stripes, err error) {
	key, ok := kept.Find(out.UnmarshalBinary, c.rangeParts(number)...)
	if ok {
		return out, nil
	}
	if out, err = c.Range(ctx, number); err != nil {
		return nil, err
	}
	data, err := out.MarshalBinary()
	if err != nil {
		return nil, err
	}
	kept.Put(key, data)
	return out, nil
}

func (c Comparison) rangeParts(number int) []string {
	return append(slices.Clone(c.Parts), "range 1", fmt.Sprint(number))
}

// compare does a task of the kind tasks.KindDrift.
func (w *Worker) compare(ctx context.Context, t tasks.Task) error {
	of := drift.Similarities{RefTexts: w.rows[2].raw, RefImages: w.rows[3].raw, Texts: w.rows[0].raw, Images: w.rows[1].raw}
	c := Compare(of, t.Contents, t.Reference, w.Plan.Suite, w.set.Spec.Name)
	if n := c.Ranges(); t.From%drift.RangeTexts != 0 || t.From/drift.RangeTexts >= n {
		return fmt.Errorf("task %s: texts from %d are not one of %d ranges", t.ID, t.From, n)
	}
	_, err := c.keep(ctx, w.Kept, t.From/drift.RangeTexts)
	return err
}
