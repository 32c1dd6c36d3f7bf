package eval

import (
	"context"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// swap is the reference with exactly one stage taken from a variant ("swap:decode"), or a
// variant with one taken from the reference ("keep:decode"). It runs on all pictures beside the
// variants: a stage that harms one picture in thirty would slip through a sample.
type swap struct {
	of    *variants.Variant
	stage string            // of the stage column
	as    *variants.Variant // what runs; its image or its text key alone counts
}

// planSwaps finds the stages in which each variant differs from the reference.
func (r *run) planSwaps() error {
	if !r.ref.OK() || r.ref.Enc == nil || r.ref.Opaque() {
		return nil
	}
	for _, v := range r.variants {
		if !v.OK() || v.Enc == nil || v.Opaque() || v.Info.Dim != r.ref.Info.Dim {
			continue
		}
		if v.TextKey != r.ref.TextKey && !v.Info.ImageOnly && !r.ref.Info.ImageOnly {
			r.textSwaps = append(r.textSwaps, r.textSwapsOf(v)...)
		}
		if v.ImageKey == r.ref.ImageKey {
			continue
		}
		swaps, err := r.swapsOf(v)
		if err != nil {
			return err
		}
		r.swaps = append(r.swaps, swaps...)
	}
	return nil
}

// swapsOf are the swaps both ways of the stages in which a variant differs.
func (r *run) swapsOf(v *variants.Variant) ([]*swap, error) {
	var taken, kept []*swap
	// A model of pictures of another size takes its size along; the other stages are swapped at the
	// size of the model that runs them.
	own, theirs := v.Pipe.Sized(r.ref.Pipe), r.ref.Pipe.Sized(v.Pipe)
	for _, stage := range preprocess.Stages() {
		pipe, err := r.ref.Pipe.Swap(stage, own)
		if err != nil {
			return nil, err
		}
		if pipe.Key() == r.ref.Pipe.Key() {
			continue
		}
		back, err := v.Pipe.Swap(stage, theirs)
		if err != nil {
			return nil, err
		}
		taken = append(taken, &swap{of: v, stage: store.SwapPrefix + stage, as: r.opener.Swapped(r.ref, pipe)})
		kept = append(kept, &swap{of: v, stage: store.KeepPrefix + stage, as: r.opener.Swapped(v, back)})
	}
	if v.Info.ImageKey != r.ref.Info.ImageKey {
		taken = append(taken, &swap{of: v, stage: store.SwapPrefix + store.StageModel, as: r.opener.Swapped(v, theirs)})
		kept = append(kept, &swap{of: v, stage: store.KeepPrefix + store.StageModel, as: r.opener.Swapped(r.ref, own)})
	}
	return append(taken, kept...), nil
}

// textSwapsOf are the swaps both ways of what a variant's texts pass.
func (r *run) textSwapsOf(v *variants.Variant) (swaps []*swap) {
	if (v.Info.Inputs.Library != nil || r.ref.Info.Inputs.Library != nil) && v.Tok.Key() != r.ref.Tok.Key() {
		return nil // the ids of one mean nothing to the other
	}
	mixed := [2]*variants.Variant{r.opener.Tokenized(r.ref, v), r.opener.Tokenized(v, r.ref)}
	if v.Tok.Key() != r.ref.Tok.Key() {
		swaps = append(swaps, &swap{v, store.SwapPrefix + store.StageTokenizer, mixed[0]}, &swap{v, store.KeepPrefix + store.StageTokenizer, mixed[1]})
	}
	if v.Info.TextKey != r.ref.Info.TextKey {
		swaps = append(swaps, &swap{v, store.SwapPrefix + store.StageModel, mixed[1]}, &swap{v, store.KeepPrefix + store.StageModel, mixed[0]})
	}
	return swaps
}

// withSwaps is everything that embeds pictures.
func (r *run) withSwaps() []*variants.Variant {
	all := r.withFloors()
	for _, w := range r.swaps {
		all = append(all, w.as)
	}
	return all
}

// withTextSwaps is everything that embeds texts.
func (r *run) withTextSwaps() []*variants.Variant {
	all := r.withFloors()
	for _, w := range r.textSwaps {
		all = append(all, w.as)
	}
	return all
}

// attribute writes, at the embedding, each variant's whole drift and that of each swap.
func (r *run) attribute(context.Context) error {
	if !r.ref.OK() {
		return nil // as in drift
	}
	for _, s := range r.sets {
		if len(s.Good) == 0 {
			continue // as in drift
		}
		r.swapRows(s, "image", r.swaps, s.ImageEmb, func(v *variants.Variant) string { return v.ImageKey })
		r.swapRows(s, "text", r.textSwaps, s.TextEmb, func(v *variants.Variant) string { return v.TextKey })
	}
	return nil
}

func (r *run) swapRows(s *embed.Set, modality string, swaps []*swap, found map[string]encoders.Embeddings, key func(*variants.Variant) string) {
	ref := found[key(r.ref)]
	var last *variants.Variant
	for _, w := range swaps {
		whole, ok := found[key(w.of)]
		if !w.of.OK() || !ok {
			continue
		}
		if w.of != last {
			r.swapRow(s, w.of, modality, store.StageAll, ref, whole)
			last = w.of
		}
		if got, ok := found[key(w.as)]; ok {
			r.swapRow(s, w.of, modality, w.stage, ref, got)
		} else {
			r.progress.Say("%s: %s could not be run: %s", w.of.Spec.Name, w.stage, w.as.Reason)
		}
	}
}

func (r *run) swapRow(s *embed.Set, v *variants.Variant, modality, stage string, ref, got encoders.Embeddings) {
	if !alike(ref, got) {
		return // drift says so
	}
	var d stats.AbsDiff
	d.Add(got.Data, ref.Data)
	mean, _, _, n := d.Result()
	r.addDrift(s, v, modality, stage, "mean_abs", mean, n)
}
