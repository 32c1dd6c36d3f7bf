// Package embed turns the pictures and texts of datasets into embeddings by every variant. It does each piece of
// work only once.
package embed

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/progress"
)

// Pass is what embedding uses, and the variants that embed.
type Pass struct {
	Cache    *cache.Cache
	Place    cache.Place
	Build    string         // of the program
	Tensors  *cache.Tensors // or nil
	Calls    CallLimit
	Timeout  time.Duration // of a call
	Progress *progress.Progress
	Scratch  string // folder for embeddings that are too many for the memory; empty: none are

	Variants      []*variants.Variant // of the suite
	Reference     *variants.Variant
	Images, Texts []*variants.Variant // all that embed pictures and texts: swaps and noise floors too
	Beside        map[string]bool     // image keys of those of Images that sit out where a dataset is sampled

	pixels  bufferPool[float32]
	samples bufferPool[byte]
	large   int // bytes of embeddings that go to Scratch; 0: large
}

// Run embeds a dataset with the given variants. The first pass over it finds which pictures can be read, and
// compares the pipelines.
func (a *Pass) Run(ctx context.Context, s *Set, in func(*variants.Variant) bool, first bool) error {
	g, gctx := errgroup.WithContext(ctx) // texts are encoded while pictures are prepared
	g.Go(func() error { return a.RunImages(gctx, s, in, first) })
	g.Go(func() error { return a.textPass(gctx, s, in) })
	if err := g.Wait(); err != nil {
		return fmt.Errorf("dataset %s: %w", s.Spec.Name, err)
	}
	return nil
}

// RunImages embeds only the pictures.
func (a *Pass) RunImages(ctx context.Context, s *Set, in func(*variants.Variant) bool, first bool) error {
	return a.newImagePass(s, in, first).run(ctx)
}
