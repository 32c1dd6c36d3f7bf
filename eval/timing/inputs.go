package timing

import (
	"context"
	"fmt"

	"github.com/fastclip/fastclip/eval/variants"
)

// choose takes the first pictures that all decoders can still read. A picture that the run took from the
// cache may need a helper that is gone, and that is no fault of a variant.
func (b *timer) choose(ctx context.Context) {
	for _, im := range b.Set.Good {
		if len(b.good) == b.Timing.Items {
			return
		}
		data, err := im.Read(ctx)
		tried := map[string]bool{}
		for _, v := range b.Variants {
			if err != nil || !v.OK() {
				continue // a variant that is unavailable may have no pipeline
			}
			if name := v.Pipe.Decoder.Name(); !tried[name] {
				tried[name] = true
				_, err = v.Pipe.Decoder.Decode(data)
			}
		}
		if err == nil {
			b.good = append(b.good, im)
		}
	}
	if len(b.good) == 0 { // timing gives the reason
		b.good = b.Set.Good[:min(b.Timing.Items, len(b.Set.Good))]
	}
}

func (b *timer) load(ctx context.Context, n int) error {
	b.files = b.files[:0]
	for _, im := range b.good[:n] {
		data, err := im.Read(ctx)
		if err != nil {
			return fmt.Errorf("load %s: %w", im.Name, err)
		}
		b.files = append(b.files, data)
	}
	return nil
}

func (b *timer) decode(v *variants.Variant, key string) error {
	for i, data := range b.files {
		pic, err := v.Pipe.Decoder.Decode(data)
		if err != nil {
			return fmt.Errorf("decode %s: %w", b.good[i].Name, err)
		}
		b.pics[key] = append(b.pics[key], pic)
	}
	return nil
}

func (b *timer) preprocess(v *variants.Variant, dec, key string) error {
	n := v.Pipe.Len()
	px := make([]float32, len(b.files)*n)
	for i, pic := range b.pics[dec] {
		if err := v.Pipe.Transform.Apply(pic, px[i*n:(i+1)*n], nil); err != nil {
			return fmt.Errorf("preprocess %s: %w", b.good[i].Name, err)
		}
	}
	b.pixels[key] = px
	return nil
}
