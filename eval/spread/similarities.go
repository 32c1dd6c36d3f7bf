package spread

import (
	"context"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/cache"
)

// Similarities compares a variant's similarities with the reference's, one range of texts after the other. It
// keeps each range, and takes those that workers or an earlier run have kept. contents and ref are the
// Contents of the variant and of the reference.
func Similarities(ctx context.Context, kept cache.Scope, contents, ref []string, of drift.Similarities, alive func()) (*drift.Difference, error) {
	whole := &drift.Difference{}
	for i := range of.Ranges() {
		part, err := compareRange(ctx, kept, contents, ref, of, i)
		if err != nil {
			return nil, err
		}
		part.AddTo(whole)
		alive()
	}
	return whole, nil
}

// compareRange compares a range's texts, or finds what was kept.
func compareRange(ctx context.Context, kept cache.Scope, contents, ref []string, of drift.Similarities, number int) (out drift.Stripes, err error) {
	key, ok := kept.Find(out.UnmarshalBinary, rangeParts(contents, ref, number)...)
	if ok {
		return out, nil
	}
	if out, err = of.Range(ctx, number); err != nil {
		return nil, err
	}
	data, err := out.MarshalBinary()
	if err != nil {
		return nil, err
	}
	kept.Put(key, data)
	return out, nil
}

// rangeParts names what a range's result depends on.
func rangeParts(contents, ref []string, number int) []string {
	return slices.Concat(contents, ref, []string{"similarities of a range 1", fmt.Sprint(number)})
}

// compare does a task of the kind tasks.KindDrift.
func (w *Worker) compare(ctx context.Context, t tasks.Task) error {
	of := drift.Similarities{RefTexts: w.rows[2].raw, RefImages: w.rows[3].raw, Texts: w.rows[0].raw, Images: w.rows[1].raw}
	if n := of.Ranges(); t.From%drift.RangeTexts != 0 || t.From/drift.RangeTexts >= n {
		return fmt.Errorf("task %s: texts from %d are not one of %d ranges", t.ID, t.From, n)
	}
	_, err := compareRange(ctx, w.Kept, t.Contents, t.Reference, of, t.From/drift.RangeTexts)
	return err
}
