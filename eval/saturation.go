package eval

import (
	"context"

	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/saturation"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
)

// measureSaturation measures how far cut-off 8-bit sums move the embeddings, for every variant that has
// such sums on this processor. It runs a few items with the plain kernels and with kernels that cut
// nothing off.
func (r *run) measureSaturation(ctx context.Context) error {
	if !r.host.Processor.Saturates() {
		return nil
	}
	var s *embed.Set
	for _, other := range r.sets {
		if len(other.Good) > 0 {
			s = other
			break
		}
	}
	for _, v := range r.variants {
		if s == nil || !v.OK() || v.Enc == nil || !saturable(v) {
			continue
		}
		r.progress.On(v.Spec.Name)
		by, err := saturation.Of(ctx, r.opener.Env, s, v)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			r.progress.Say("%s: what saturation does could not be measured: %v", v.Spec.Name, err)
			continue
		}
		v.Saturation = &by
	}
	return nil
}

// saturable tells whether a variant's sums can be cut off on processors that add in 16 bits.
func saturable(v *variants.Variant) bool {
	return v.Info.Quantized.CanSaturate() && v.Spec.Provider == "cpu"
}

// quantizedColumns fills in how the variant multiplies in 8 bits, and what effect that has here.
func quantizedColumns(v *variants.Variant, row *store.Variant) {
	if v.Enc == nil {
		return
	}
	q := v.Info.Quantized.String()
	row.Quantization, row.Saturation = &q, v.Saturation
}
