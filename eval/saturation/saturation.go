// Package saturation measures how cut-off sums change 8-bit models.
package saturation

import (
	"context"
	"fmt"
	"maps"
	"math"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
)

// items is the number of pictures, and of texts, on which saturation is measured.
const items = 16

// Of is the larger of the two towers' mean |a-b| between the variant and the same variant with the other
// kernels.
func Of(ctx context.Context, env encoders.Env, s *embed.Set, v *variants.Variant) (most float64, err error) {
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
	enc, err := runtimes.Open(ctx, other, env) // not one of the run's encoders, so it is closed at once
	if err != nil {
		return 0, err
	}
	defer enc.Close()
	n := min(items, len(s.Good))
	px, err := pixelsOf(ctx, v, s, n)
	if err != nil {
		return 0, err
	}
	encodes := []func(encoders.Encoder) (encoders.Embeddings, error){
		func(e encoders.Encoder) (encoders.Embeddings, error) { return e.EncodeImages(ctx, px) },
	}
	if !v.Info.ImageOnly {
		var texts []string
		for _, t := range s.Texts[:min(items, len(s.Texts))] {
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

// pixelsOf prepares the first good pictures in the form that the variant takes.
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
