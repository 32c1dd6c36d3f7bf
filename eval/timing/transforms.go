package timing

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
)

// timedPicture is a picture in one of the research notes' two sizes. Every variant's transform is timed on
// it. Its format is the modality of its rows.
type timedPicture struct {
	format string
	data   []byte
}

// timedPictures are a PNG of 2162x762 with alpha and a JPEG of 640x425. They are the same in every run.
func timedPictures() ([]timedPicture, error) {
	var p, j bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&p, drawn(2162, 762)); err != nil {
		return nil, err
	}
	if err := jpeg.Encode(&j, drawn(640, 425), &jpeg.Options{Quality: 90}); err != nil {
		return nil, err
	}
	return []timedPicture{{"png", p.Bytes()}, {"jpg", j.Bytes()}}, nil
}

// drawn is a picture of blending colours under rings, with transparent corners.
func drawn(w, h int) image.Image {
	im := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			dx, dy := x-w/2, y-h/2
			ring := uint8((dx*dx + dy*dy) / 97)
			alpha := 255
			if abs(dx)+abs(dy) > (w+h)*9/20 {
				alpha = max(0, 255-(abs(dx)+abs(dy)-(w+h)*9/20))
			}
			im.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / w), ring, uint8(255 * y / h), uint8(alpha)})
		}
	}
	return im
}

func abs(v int) int { return max(v, -v) }

// transforms times the way of each timed picture from its pixels to the tensor. A decoder that cannot read
// one is named once and has no row.
func (b *timer) transforms(ctx context.Context, v *variants.Variant) error {
	dst := make([]float32, v.Pipe.Len())
	for _, t := range b.timed {
		key := v.Pipe.Decoder.Name() + " " + t.format
		pic, known := b.decoded[key]
		if !known {
			var err error
			if pic, err = v.Pipe.Decoder.Decode(t.data); err != nil {
				b.Progress.Say("%s: timing the transform of a %s: %v", v.Spec.Name, t.format, err)
			}
			b.decoded[key] = pic
		}
		if pic == nil {
			continue
		}
		err := b.measure(ctx, v, store.PhaseTransform, t.format, v.Pipe.Key(), 1, 1, func() error { return v.Pipe.Transform.Apply(pic, dst, nil) })
		if err != nil {
			return fmt.Errorf("transform %s: %w", t.format, err)
		}
	}
	return nil
}

// pictures prepares what transforms needs.
func (b *timer) pictures() (err error) {
	b.decoded = map[string]*picture.Picture{}
	b.timed, err = timedPictures()
	return err
}
