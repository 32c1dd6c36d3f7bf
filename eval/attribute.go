package eval

import (
	"context"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/stats"
)

// stageModel is the last of the stages that a swap takes over: the image tower and its runtime.
const stageModel = "model"

// swap is the reference with exactly one stage taken from a variant. It runs on all pictures
// beside the variants: a stage that harms one picture in thirty would slip through a sample.
type swap struct {
	of    *variant
	stage string
	as    *variant // what runs
}

// planSwaps finds the stages in which each variant differs from the reference.
func (r *run) planSwaps() error {
	if !r.ref.ok() {
		return nil
	}
	for _, v := range r.variants {
		if !v.ok() || v.imageKey == r.ref.imageKey || v.info.Dim != r.ref.info.Dim {
			continue
		}
		for _, stage := range preprocess.Stages() {
			pipe, err := r.ref.pipe.Swap(stage, v.pipe)
			if err != nil {
				return err
			}
			if pipe.Key() != r.ref.pipe.Key() {
				r.swaps = append(r.swaps, &swap{of: v, stage: stage, as: r.opener.swapped(r.ref, pipe)})
			}
		}
		if v.info.ImageKey != r.ref.info.ImageKey {
			r.swaps = append(r.swaps, &swap{of: v, stage: stageModel, as: r.opener.swapped(v, r.ref.pipe)})
		}
	}
	return nil
}

// swapped is a variant's encoder behind another pipeline.
func (o *opener) swapped(v *variant, pipe *preprocess.Pipeline) *variant {
	return &variant{spec: v.spec, pipe: pipe, tok: v.tok, enc: v.enc, info: v.info, status: StatusOK, imageKey: o.imageKey(v.info, pipe)}
}

// withSwaps is everything that embeds pictures.
func (r *run) withSwaps() []*variant {
	all := r.withFloors()
	for _, w := range r.swaps {
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
			continue
		}
		ref := s.imageEmb[r.ref.imageKey]
		var last *variant
		for _, w := range r.swaps {
			whole, ok := s.imageEmb[w.of.imageKey]
			if !w.of.ok() || !ok {
				continue
			}
			if w.of != last {
				r.swapRow(s, w.of, "all", ref, whole)
				last = w.of
			}
			if got, ok := s.imageEmb[w.as.imageKey]; ok {
				r.swapRow(s, w.of, w.stage, ref, got)
			} else {
				r.progress.say("%s: its %s could not be swapped into the reference: %s", w.of.spec.Name, w.stage, w.as.reason)
			}
		}
	}
	return nil
}

func (r *run) swapRow(s *set, v *variant, stage string, ref, got encoders.Embeddings) {
	var d stats.AbsDiff
	d.Add(got.Data, ref.Data)
	mean, _, _, n := d.Result()
	r.addDrift(s, v, "image", "swap:"+stage, "mean_abs", mean, n)
}
