package eval

import (
	"context"
	"fmt"
	"maps"
	"math"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
)

// saturationItems are how many pictures, and how many texts, tell what saturation does.
const saturationItems = 16

// measureSaturation finds out, of every variant whose 8-bit sums can be cut off on this processor, how
// far that takes its embeddings: a few items, run by the plain kernels and by those that cut nothing off.
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
		by, err := r.saturationOf(ctx, s, v)
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

// saturationOf is the larger of the towers' mean |a-b| between the variant and what it would be with
// the other kernels.
func (r *run) saturationOf(ctx context.Context, s *embed.Set, v *variants.Variant) (most float64, err error) {
	other := v.Spec
	other.Options = maps.Clone(v.Spec.Options)
	if other.Options == nil {
		other.Options = map[string]string{}
	}
	if other.Options[encoders.PreciseOption] == encoders.Precise {
		delete(other.Options, encoders.PreciseOption)
	} else {
		other.Options[encoders.PreciseOption] = encoders.Precise
	}
	enc, err := runtimes.Open(ctx, other, r.opener.Env) // not among the run's encoders: it is closed at once
	if err != nil {
		return 0, err
	}
	defer enc.Close()
	n := min(saturationItems, len(s.Good))
	px, err := pixelsOf(ctx, v, s, n)
	if err != nil {
		return 0, err
	}
	encodes := []func(encoders.Encoder) (encoders.Embeddings, error){
		func(e encoders.Encoder) (encoders.Embeddings, error) { return e.EncodeImages(ctx, px) },
	}
	if !v.Info.ImageOnly {
		var texts []string
		for _, t := range s.Texts[:min(saturationItems, len(s.Texts))] {
			texts = append(texts, t.Text)
		}
		tk, err := v.Tokens(ctx, texts)
		if err != nil {
			return 0, err
		}
		encodes = append(encodes, func(e encoders.Encoder) (encoders.Embeddings, error) { return e.EncodeTexts(ctx, tk) })
	}
	for _, encode := range encodes {
		own, err := encode(v.Enc)
		if err != nil {
			return 0, err
		}
		other, err := encode(enc)
		if err != nil {
			return 0, err
		}
		if len(own.Data) != len(other.Data) {
			return 0, fmt.Errorf("%d values instead of %d", len(other.Data), len(own.Data))
		}
		if len(own.Data) == 0 {
			continue
		}
		var sum float64
		for i := range own.Data {
			sum += math.Abs(float64(own.Data[i]) - float64(other.Data[i]))
		}
		most = max(most, sum/float64(len(own.Data)))
	}
	return most, nil
}

// pixelsOf prepares the first good pictures as the variant takes them.
func pixelsOf(ctx context.Context, v *variants.Variant, s *embed.Set, n int) (encoders.Pixels, error) {
	var files [][]byte
	data := make([]float32, n*v.Pipe.Len())
	for i, im := range s.Good[:n] {
		file, err := im.Read(ctx)
		if err != nil {
			return encoders.Pixels{}, err
		}
		files = append(files, file)
		if v.Info.Files {
			continue
		}
		if err := v.Pipe.Run(file, data[i*v.Pipe.Len():(i+1)*v.Pipe.Len()], nil); err != nil {
			return encoders.Pixels{}, err
		}
	}
	return v.Pixels(n, data, files), nil
}

// quantizedColumns fills in how the variant multiplies in 8 bits and what that does here.
func quantizedColumns(v *variants.Variant, row *store.Variant) {
	if v.Enc == nil {
		return
	}
	q := v.Info.Quantized.String()
	row.Quantization, row.Saturation = &q, v.Saturation
}
