package eval

import (
	"context"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/stats"
)

// stageModel is the last of the stages that a swap takes over: the image tower and its runtime.
const stageModel = "model"

// swap is the reference with exactly one stage taken from a variant ("swap:decode"), or a
// variant with one taken from the reference ("keep:decode"). It runs on all pictures beside the
// variants: a stage that harms one picture in thirty would slip through a sample.
type swap struct {
	of    *variant
	stage string   // of the stage column
	as    *variant // what runs
}

// planSwaps finds the stages in which each variant differs from the reference.
func (r *run) planSwaps() error {
	if !r.ref.ok() || r.ref.enc == nil {
		return nil
	}
	for _, v := range r.variants {
		if !v.ok() || v.enc == nil || v.imageKey == r.ref.imageKey || v.info.Dim != r.ref.info.Dim {
			continue
		}
		taken, kept, err := r.swapsOf(v)
		if err != nil {
			return err
		}
		if r.swaps = append(r.swaps, taken...); len(taken) > 1 { // else keeping it is the reference
			r.swaps = append(r.swaps, kept...)
		}
	}
	return nil
}

// swapsOf are the swaps both ways of the stages in which a variant differs.
func (r *run) swapsOf(v *variant) (taken, kept []*swap, err error) {
	for _, stage := range preprocess.Stages() {
		pipe, err := r.ref.pipe.Swap(stage, v.pipe)
		if err != nil {
			return nil, nil, err
		}
		if pipe.Key() == r.ref.pipe.Key() {
			continue
		}
		back, err := v.pipe.Swap(stage, r.ref.pipe)
		if err != nil {
			return nil, nil, err
		}
		taken = append(taken, &swap{of: v, stage: "swap:" + stage, as: r.opener.swapped(r.ref, pipe)})
		kept = append(kept, &swap{of: v, stage: "keep:" + stage, as: r.opener.swapped(v, back)})
	}
	if v.info.ImageKey != r.ref.info.ImageKey {
		taken = append(taken, &swap{of: v, stage: "swap:" + stageModel, as: r.opener.swapped(v, r.ref.pipe)})
		kept = append(kept, &swap{of: v, stage: "keep:" + stageModel, as: r.opener.swapped(r.ref, v.pipe)})
	}
	return taken, kept, nil
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
				r.swapRow(s, w.of, "swap:all", ref, whole)
				last = w.of
			}
			if got, ok := s.imageEmb[w.as.imageKey]; ok {
				r.swapRow(s, w.of, w.stage, ref, got)
			} else {
				r.progress.say("%s: %s could not be run: %s", w.of.spec.Name, w.stage, w.as.reason)
			}
		}
	}
	return nil
}

func (r *run) swapRow(s *set, v *variant, stage string, ref, got encoders.Embeddings) {
	var d stats.AbsDiff
	d.Add(got.Data, ref.Data)
	mean, _, _, n := d.Result()
	r.addDrift(s, v, "image", stage, "mean_abs", mean, n)
}
