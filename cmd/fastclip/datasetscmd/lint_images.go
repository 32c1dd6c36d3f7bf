package datasetscmd

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"golang.org/x/sync/errgroup"
)

func short(data []byte) [16]byte {
	sum := sha256.Sum256(data)
	return [16]byte(sum[:16])
}

// images checks the pictures, and counts those of each label.
func (l *linter) images(ctx context.Context, name string, ds datasets.Dataset, captions map[string]int) (map[string]int, error) {
	labels := map[string]int{}
	var batch []datasets.Image
	for im, err := range ds.Images(ctx) {
		if stop := ctx.Err(); stop != nil {
			return nil, stop
		}
		if err != nil {
			l.add(name, "items that cannot be listed", fmt.Sprintf("%s: %v", im.Name, err))
			continue
		}
		for _, label := range im.Labels {
			labels[label]++
		}
		if len(captions) > 0 && captions[im.ID] == 0 {
			l.add(name, "pictures without captions", im.Name)
		}
		if batch = append(batch, im); len(batch) == 32 {
			l.decode(ctx, name, batch)
			batch = batch[:0]
		}
	}
	l.decode(ctx, name, batch)
	return labels, ctx.Err()
}

// decode reads and decodes a batch on all cores, and then checks the pictures in order.
func (l *linter) decode(ctx context.Context, name string, batch []datasets.Image) {
	sums, pixels, errs := make([][16]byte, len(batch)), make([][16]byte, len(batch)), make([]error, len(batch))
	var group errgroup.Group
	group.SetLimit(4)
	for i, im := range batch {
		group.Go(func() error {
			data, err := im.Read(ctx)
			if err == nil {
				sums[i] = short(data)
				var pic *picture.Picture
				if pic, err = decodeAll(l.decoders, data); pic != nil {
					pixels[i] = pixelSum(pic)
				}
			}
			errs[i] = err
			return nil
		})
	}
	_ = group.Wait() // errors are findings, so the group has none
	for i, im := range batch {
		if errs[i] != nil && ctx.Err() == nil {
			l.add(name, "unreadable pictures", fmt.Sprintf("%s: %v", im.Name, errs[i]))
		}
		if sums[i] == [16]byte{} {
			continue
		}
		here := seenAt{l.sets, name, im.Name}
		if first, again := l.pictures[sums[i]]; again {
			l.repeated(here, first, "the same picture")
		} else if l.pictures[sums[i]] = here; pixels[i] == [16]byte{} {
			continue
		} else if first, again := l.pixels[pixels[i]]; again {
			l.repeated(here, first, "the same pixels in other bytes")
		} else {
			l.pixels[pixels[i]] = here
		}
	}
}

// pixelSum is a hash of a picture's size, and of its colours converted to RGB as Pillow does.
func pixelSum(p *picture.Picture) [16]byte {
	rgb := p.RGB()
	h := sha256.New()
	fmt.Fprintf(h, "%dx%d", rgb.W, rgb.H)
	h.Write(rgb.Pix)
	return [16]byte(h.Sum(nil)[:16])
}
