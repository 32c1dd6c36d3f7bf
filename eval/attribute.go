package eval

import (
	"context"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// swap is the reference with exactly one stage taken from a variant ("swap:decode"), or a
// variant with one taken from the reference ("keep:decode"). It runs on all pictures beside the
// variants: a stage that harms one picture in thirty would slip through a sample.
type swap struct {
	of    *variant
	stage string   // of the stage column
	as    *variant // what runs; its image or its text key alone counts
}

// planSwaps finds the stages in which each variant differs from the reference.
func (r *run) planSwaps() error {
	if !r.ref.ok() || r.ref.enc == nil || r.ref.opaque() {
		return nil
	}
	for _, v := range r.variants {
		if !v.ok() || v.enc == nil || v.opaque() || v.info.Dim != r.ref.info.Dim {
			continue
		}
		if v.textKey != r.ref.textKey {
			r.textSwaps = append(r.textSwaps, r.textSwapsOf(v)...)
		}
		if v.imageKey == r.ref.imageKey {
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
func (r *run) swapsOf(v *variant) ([]*swap, error) {
	var taken, kept []*swap
	// A model of pictures of another size takes its size along; the other stages are swapped at the
	// size of the model that runs them.
	own, theirs := v.pipe.Sized(r.ref.pipe), r.ref.pipe.Sized(v.pipe)
	for _, stage := range preprocess.Stages() {
		pipe, err := r.ref.pipe.Swap(stage, own)
		if err != nil {
			return nil, err
		}
		if pipe.Key() == r.ref.pipe.Key() {
			continue
		}
		back, err := v.pipe.Swap(stage, theirs)
		if err != nil {
			return nil, err
		}
		taken = append(taken, &swap{of: v, stage: store.SwapPrefix + stage, as: r.opener.swapped(r.ref, pipe)})
		kept = append(kept, &swap{of: v, stage: store.KeepPrefix + stage, as: r.opener.swapped(v, back)})
	}
	if v.info.ImageKey != r.ref.info.ImageKey {
		taken = append(taken, &swap{of: v, stage: store.SwapPrefix + store.StageModel, as: r.opener.swapped(v, theirs)})
		kept = append(kept, &swap{of: v, stage: store.KeepPrefix + store.StageModel, as: r.opener.swapped(r.ref, own)})
	}
	return append(taken, kept...), nil
}

// textSwapsOf are the swaps both ways of what a variant's texts pass.
func (r *run) textSwapsOf(v *variant) (swaps []*swap) {
	if (v.info.Inputs.Library != nil || r.ref.info.Inputs.Library != nil) && v.tok.Key() != r.ref.tok.Key() {
		return nil // the ids of one mean nothing to the other
	}
	mixed := [2]*variant{r.opener.tokenized(r.ref, v), r.opener.tokenized(v, r.ref)}
	if v.tok.Key() != r.ref.tok.Key() {
		swaps = append(swaps, &swap{v, store.SwapPrefix + store.StageTokenizer, mixed[0]}, &swap{v, store.KeepPrefix + store.StageTokenizer, mixed[1]})
	}
	if v.info.TextKey != r.ref.info.TextKey {
		swaps = append(swaps, &swap{v, store.SwapPrefix + store.StageModel, mixed[1]}, &swap{v, store.KeepPrefix + store.StageModel, mixed[0]})
	}
	return swaps
}

// tokenized is a variant's encoder behind another's tokenizer.
func (o *opener) tokenized(v, by *variant) *variant {
	return &variant{spec: v.spec, pipe: v.pipe, tok: by.tok, enc: v.enc, in: v.in, info: v.info, status: store.StatusOK, context: v.context, textKey: o.textKey(v.info, by.tok, v.context)}
}

// swapped is a variant's encoder behind another pipeline.
func (o *opener) swapped(v *variant, pipe *preprocess.Pipeline) *variant {
	return &variant{spec: v.spec, pipe: pipe, tok: v.tok, enc: v.enc, in: v.in, info: v.info, context: v.context, status: store.StatusOK, imageKey: o.imageKey(v.info, pipe)}
}

// withSwaps is everything that embeds pictures.
func (r *run) withSwaps() []*variant {
	all := r.withFloors()
	for _, w := range r.swaps {
		all = append(all, w.as)
	}
	return all
}

// withTextSwaps is everything that embeds texts.
func (r *run) withTextSwaps() []*variant {
	all := r.withFloors()
	for _, w := range r.textSwaps {
		all = append(all, w.as)
	}
	return all
}

// attribute writes, at the embedding, each variant's whole drift and that of each swap.
func (r *run) attribute(context.Context) error {
	if !r.ref.ok() {
		return nil // as in drift
	}
	for _, s := range r.sets {
		if len(s.good) == 0 {
			continue // as in drift
		}
		r.swapRows(s, "image", r.swaps, s.imageEmb, func(v *variant) string { return v.imageKey })
		r.swapRows(s, "text", r.textSwaps, s.textEmb, func(v *variant) string { return v.textKey })
	}
	return nil
}

func (r *run) swapRows(s *set, modality string, swaps []*swap, found map[string]encoders.Embeddings, key func(*variant) string) {
	ref := found[key(r.ref)]
	var last *variant
	for _, w := range swaps {
		whole, ok := found[key(w.of)]
		if !w.of.ok() || !ok {
			continue
		}
		if w.of != last {
			r.swapRow(s, w.of, modality, store.StageAll, ref, whole)
			last = w.of
		}
		if got, ok := found[key(w.as)]; ok {
			r.swapRow(s, w.of, modality, w.stage, ref, got)
		} else {
			r.progress.Say("%s: %s could not be run: %s", w.of.spec.Name, w.stage, w.as.reason)
		}
	}
}

func (r *run) swapRow(s *set, v *variant, modality, stage string, ref, got encoders.Embeddings) {
	if !alike(ref, got) {
		return // drift says so
	}
	var d stats.AbsDiff
	d.Add(got.Data, ref.Data)
	mean, _, _, n := d.Result()
	r.addDrift(s, v, modality, stage, "mean_abs", mean, n)
}
