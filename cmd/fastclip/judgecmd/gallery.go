package judgecmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif"
	"image/jpeg"
	_ "image/png"
	"io"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/finished"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// gallery has the pictures and texts of a finished run's datasets.
type gallery struct {
	ctx  context.Context
	sets map[string]*finished.Items
}

// openGallery opens the datasets of a run again. reason says what could not be opened.
func openGallery(ctx context.Context, stderr io.Writer, dir string, res *store.Results) (g *gallery, reason string, err error) {
	art, err := fastclip.Art()
	if err != nil {
		return nil, "", err
	}
	cache, err := cli.CacheDir()
	if err != nil {
		return nil, "", err
	}
	g = &gallery{ctx: ctx, sets: map[string]*finished.Items{}}
	told := progress.New(cli.Progress(stderr))
	told.Phase("opening pictures", len(res.Datasets))
	defer told.Stop()
	for _, d := range res.Datasets {
		items, err := finished.OpenItems(ctx, dir, d, art, cache)
		if errors.Is(err, finished.ErrItems) {
			reason = fmt.Sprintf("%s: %v", d.Dataset, err)
			told.Say("%s", reason)
			continue
		}
		if err != nil {
			return nil, "", errors.Join(err, g.Close())
		}
		g.sets[d.Dataset] = items
		told.Add(1)
	}
	return g, reason, nil
}

// Text implements reports.Gallery.
func (g *gallery) Text(dataset, id string) string {
	if s := g.sets[dataset]; s != nil {
		if t, ok := s.Text(id); ok {
			return t.Text
		}
	}
	return ""
}

// thumbnailSide is the longer side of a thumbnail in pixels: enough for a page, and few bytes.
const thumbnailSide = 144

var errGone = errors.New("the dataset is not on this machine")

// Thumbnail implements reports.Gallery.
func (g *gallery) Thumbnail(dataset, id string) ([]byte, error) {
	s := g.sets[dataset]
	if s == nil {
		return nil, fmt.Errorf("%s: %w", dataset, errGone)
	}
	im, ok := s.Image(id)
	if !ok {
		return nil, fmt.Errorf("%s: %w", id, errGone)
	}
	data, err := im.Read(g.ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	return thumbnail(id, data)
}

func thumbnail(id string, data []byte) ([]byte, error) {
	full, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	size := full.Bounds().Size()
	longer := max(size.X, size.Y, 1)
	w, h := max(1, size.X*thumbnailSide/longer), max(1, size.Y*thumbnailSide/longer)
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src) // transparent pixels are shown on white
	draw.CatmullRom.Scale(small, small.Bounds(), full, full.Bounds(), draw.Over, nil)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: 72}); err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	return b.Bytes(), nil
}

// Close closes the datasets.
func (g *gallery) Close() error {
	var errs []error
	for _, s := range g.sets {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
