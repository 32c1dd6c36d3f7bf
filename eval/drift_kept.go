package eval

import (
	"context"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/variants"
)

// compareSimilarities is similarities, or what an earlier run found of the same embeddings.
func (r *run) compareSimilarities(ctx context.Context, s *embed.Set, v *variants.Variant) (*drift.Difference, error) {
	d := &drift.Difference{}
	key, ok := r.scope().Recall(d.UnmarshalBinary, slices.Concat(s.Contents(v), s.Contents(r.ref), []string{"similarities 1"})...)
	if ok {
		return d, nil
	}
	refTexts, refImages := s.Raws(r.ref)
	texts, images := s.Raws(v)
	d, err := drift.Similarities(ctx, refTexts, refImages, texts, images)
	if err != nil {
		return nil, err
	}
	data, err := d.MarshalBinary()
	if err != nil {
		return nil, err
	}
	r.scope().Remember(key, data)
	return d, nil
}

// budgetsOf are a direction's flip budgets, or those that an earlier run found of the same embeddings.
func (r *run) budgetsOf(s *embed.Set, v *variants.Variant, f score.Found, cuts []int, compute func() ([]drift.Budget, error)) ([]drift.Budget, error) {
	n, out := len(f.Search.Counted), make([]drift.Budget, len(cuts))
	take := func(data []byte) error {
		if len(data) != n*len(cuts) {
			return fmt.Errorf("%d kept verdicts, want %d", len(data), n*len(cuts))
		}
		for i := range out {
			out[i].Verdicts = make([]drift.Verdict, n)
			for q, b := range data[i*n : (i+1)*n] {
				out[i].Verdicts[q] = drift.Verdict(b)
			}
		}
		return nil
	}
	key, ok := r.scope().Recall(take, slices.Concat(s.Contents(v), s.Contents(r.ref), []string{"flips 1", f.Search.Direction, fmt.Sprint(cuts)})...)
	if ok {
		return out, nil
	}
	out, err := compute()
	if err != nil {
		return nil, err
	}
	data := make([]byte, 0, n*len(cuts))
	for _, b := range out {
		for _, v := range b.Verdicts {
			data = append(data, byte(v))
		}
	}
	r.scope().Remember(key, data)
	return out, nil
}
