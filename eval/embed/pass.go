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

// Pass is the setup of embedding, and the variants that embed.
type Pass struct {
	Cache    *cache.Cache
	Place    cache.Place
	Build    string         // build of the program
	Tensors  *cache.Tensors // or nil
	Calls    CallLimit
	Timeout  time.Duration // time limit of a call
	Progress *progress.Progress
	Scratch  string // folder for embeddings that are too large for memory; empty for none

	Variants      []*variants.Variant // variants of the suite
	Reference     *variants.Variant
	Images, Texts []*variants.Variant // everything that embeds pictures and texts, including swaps and noise floors
	Beside        map[string]bool     // image keys of those in Images that do not take part where a dataset is sampled
	BesideTexts   map[string]bool     // text keys of those in Texts that do not

	pixels  bufferPool[float32]
	samples bufferPool[byte]
	large   int // size in bytes from which embeddings go to Scratch; 0 means the constant large
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
