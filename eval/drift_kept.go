package eval

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/spread"
	"github.com/fastclip/fastclip/eval/variants"
)

// compareSimilarities is similarities, or the result that an earlier run computed from the same
// embeddings.
func (r *run) compareSimilarities(ctx context.Context, s *embed.Set, v *variants.Variant) (*drift.Difference, error) {
	of := drift.Similarities{}
	of.RefTexts, of.RefImages = s.Raws(r.ref)
	of.Texts, of.Images = s.Raws(v)
	c := spread.Compare(of, s.Contents(v), s.Contents(r.ref), r.suite, s.Spec.Name)
	d := &drift.Difference{}
	key, ok := r.scope().Find(d.UnmarshalBinary, c.Parts...)
	if ok {
		return d, nil
	}
	if score.Pairs(s) >= cmp.Or(r.cfg.Shared.pairs(), spread.Pairs) && c.Ranges() > 0 {
		return c.ByRanges(ctx, r.scope(), r.progress.Alive)
	}
	d, err := c.Difference(ctx)
	if err != nil {
		return nil, err
	}
	data, err := d.MarshalBinary()
	if err != nil {
		return nil, err
	}
	r.scope().Put(key, data)
	return d, nil
}

// budgetsOf are a direction's flip budgets, or those that an earlier run computed from the same
// embeddings.
func (r *run) budgetsOf(s *embed.Set, v *variants.Variant, f score.Found, cuts []int, compute func() ([]drift.Budget, error)) ([]drift.Budget, error) {
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
	key, ok := r.scope().Find(take, slices.Concat(s.Contents(v), s.Contents(r.ref), []string{"flips 2", f.Search.Direction, fmt.Sprint(cuts)})...)
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
	r.scope().Put(key, data)
	return out, nil
}
