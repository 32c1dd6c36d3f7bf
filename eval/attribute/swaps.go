// Package attribute finds where the drift of variants comes from, and below which size it means nothing.
// It plans mixtures of each variant with the reference, and runs of the reference in other ways. It
// measures them on all pictures of a small dataset, or on a sample of a large one.
package attribute

import (
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
)

// Swap is the reference with exactly one stage taken from a variant ("swap:decode"), or a variant with one
// stage taken from the reference ("keep:decode").
type Swap struct {
	Of    *variants.Variant
	Stage string            // value of the stage column
	As    *variants.Variant // the mixture that runs; only its image key or its text key matters
}

// Swaps finds the stages in which each variant differs from the reference.
func Swaps(o *variants.Opener, ref *variants.Variant, all []*variants.Variant) (images, texts []*Swap, err error) {
	if !ref.OK() || ref.Enc == nil || ref.Opaque() {
		return nil, nil, nil
	}
	for _, v := range all {
		if !v.OK() || v.Enc == nil || v.Opaque() || v.Info.Dim != ref.Info.Dim {
			continue
		}
		if v.TextKey != ref.TextKey && !v.Info.ImageOnly && !ref.Info.ImageOnly {
			texts = append(texts, textSwapsOf(o, ref, v)...)
		}
		if v.ImageKey == ref.ImageKey {
			continue
		}
		swaps, err := swapsOf(o, ref, v)
		if err != nil {
			return nil, nil, err
		}
		images = append(images, swaps...)
	}
	return images, texts, nil
}

// swapsOf has the swaps, in both directions, of the stages in which a variant differs.
func swapsOf(o *variants.Opener, ref, v *variants.Variant) ([]*Swap, error) {
	var taken, kept []*Swap
	// A model that takes pictures of another size brings its size along. The other stages are swapped at
	// the size of the model that runs them.
	own, theirs := v.Pipe.Sized(ref.Pipe), ref.Pipe.Sized(v.Pipe)
	for _, stage := range preprocess.Stages() {
		pipe, err := ref.Pipe.Swap(stage, own)
		if err != nil {
			return nil, err
		}
		if pipe.Key() == ref.Pipe.Key() {
			continue
		}
		back, err := v.Pipe.Swap(stage, theirs)
		if err != nil {
			return nil, err
		}
		taken = append(taken, &Swap{Of: v, Stage: store.SwapPrefix + stage, As: o.Swapped(ref, pipe)})
		kept = append(kept, &Swap{Of: v, Stage: store.KeepPrefix + stage, As: o.Swapped(v, back)})
	}
	if v.Info.ImageKey != ref.Info.ImageKey {
		taken = append(taken, &Swap{Of: v, Stage: store.SwapPrefix + store.StageModel, As: o.Swapped(v, theirs)})
		kept = append(kept, &Swap{Of: v, Stage: store.KeepPrefix + store.StageModel, As: o.Swapped(ref, own)})
	}
	return append(taken, kept...), nil
}

// textSwapsOf has the swaps, in both directions, of the stages that a variant's texts pass.
func textSwapsOf(o *variants.Opener, ref, v *variants.Variant) (swaps []*Swap) {
	if (v.Info.Inputs.Library != nil || ref.Info.Inputs.Library != nil) && v.Tok.Key() != ref.Tok.Key() {
		return nil // the ids of one tokenizer mean nothing to the other model
	}
	mixed := [2]*variants.Variant{o.Tokenized(ref, v), o.Tokenized(v, ref)}
	if v.Tok.Key() != ref.Tok.Key() {
		swaps = append(swaps, &Swap{v, store.SwapPrefix + store.StageTokenizer, mixed[0]}, &Swap{v, store.KeepPrefix + store.StageTokenizer, mixed[1]})
	}
	if v.Info.TextKey != ref.Info.TextKey {
		swaps = append(swaps, &Swap{v, store.SwapPrefix + store.StageModel, mixed[1]}, &Swap{v, store.KeepPrefix + store.StageModel, mixed[0]})
	}
	return swaps
}
