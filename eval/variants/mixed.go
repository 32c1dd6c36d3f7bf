package variants

import (
	"context"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/internal/store"
)

// Tokenized is a variant's encoder with the tokenizer of another variant.
func (o *Opener) Tokenized(v, by *Variant) *Variant {
	return &Variant{Spec: v.Spec, Pipe: v.Pipe, Tok: by.Tok, Enc: v.Enc, Lazy: v.Lazy, Info: v.Info, Status: store.StatusOK, Context: v.Context, TextKey: o.textKey(v.Info, by.Tok, v.Context)}
}

// Swapped is a variant's encoder with another pipeline.
func (o *Opener) Swapped(v *Variant, pipe *preprocess.Pipeline) *Variant {
	return &Variant{Spec: v.Spec, Pipe: pipe, Tok: v.Tok, Enc: v.Enc, Lazy: v.Lazy, Info: v.Info, Context: v.Context, Status: store.StatusOK, ImageKey: o.imageKey(v.Info, pipe)}
}

// Again is an opened variant once more, in batches of at most its own size. A model that ONNX Runtime runs on the
// processor is not loaded again, because its results depend only on its calls. Other variants are opened under the
// given name.
func (o *Opener) Again(ctx context.Context, v *Variant, batch, context int, name string) *Variant {
	spec := v.Spec
	spec.Batch = batch
	_, apart := o.shared[sharedKey(spec, name)] // a variant of the suite is like this
	if spec.Runtime != encoders.ONNXRuntime || spec.Provider != "cpu" || apart && batch != v.Spec.Batch {
		return o.OpenAs(ctx, spec, context, name)
	}
	info, ok := v.Info, true
	if batch != v.Spec.Batch {
		info, ok = runtimes.InfoFromCache(spec, o.Env) // its keys name the batch
	}
	if !ok {
		return o.OpenAs(ctx, spec, context, name)
	}
	return &Variant{
		Spec: spec, Pipe: v.Pipe, Tok: v.Tok, Context: v.Context, Enc: encoders.Batched(v.Lazy, batch), Lazy: v.Lazy, Info: info, Status: store.StatusOK,
		ImageKey: o.imageKey(info, v.Pipe), TextKey: o.textKey(info, v.Tok, v.Context),
	}
}
