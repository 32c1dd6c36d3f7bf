package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
)

// Throughput embeds pictures as a run does: files are loaded, decoded and preprocessed while others
// are encoded.
type Throughput struct {
	bench *workbench
	ref   *variants.Variant
	pass  *embed.Pass
}

// OpenThroughput opens the suite's reference and its first dataset.
func OpenThroughput(ctx context.Context, cfg Config) (*Throughput, error) {
	w := newWorkbench(cfg)
	x := &Throughput{bench: w}
	for _, spec := range w.suite.Variants {
		if spec.Name == w.suite.Reference {
			x.ref = w.opener.OpenIn(ctx, w.suite, spec)
		}
	}
	w.tell(x.ref)
	if !x.ref.OK() || x.ref.Enc == nil {
		return nil, errors.Join(fmt.Errorf("%s: %s: %s", w.suite.Reference, x.ref.Status, x.ref.Reason), x.Close())
	}
	if err := w.openSet(ctx); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	own := []*variants.Variant{x.ref}
	x.pass = &embed.Pass{
		Place: w.opener.Place, Build: cfg.Build, Calls: embed.NewCallLimit(max(1, x.ref.Spec.Threads)), Timeout: w.suite.Timeout, Progress: w.progress,
		Variants: own, Reference: x.ref, Images: own,
	}
	return x, nil
}

// Variant is the reference's name.
func (x *Throughput) Variant() string { return x.ref.Spec.Name }

// Shape returns the number of pictures per round, the batch size, the threads per call and the number of
// calls at once.
func (x *Throughput) Shape() (images, batch, threads, calls int) {
	spec := x.ref.Spec
	return len(x.bench.set.Images), spec.Batch, spec.Threads, cap(x.pass.Calls)
}

// Round embeds all pictures once. It reuses nothing from earlier rounds.
func (x *Throughput) Round(ctx context.Context) (took time.Duration, err error) {
	dir, err := os.MkdirTemp(x.bench.cfg.Cache, "throughput-")
	if err != nil {
		return 0, fmt.Errorf("throughput: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if x.pass.Cache, err = cache.Open(dir, true); err != nil {
		return 0, err
	}
	s := x.bench.set
	s.Good, s.Failures, s.ImageEmb = nil, nil, map[string]encoders.Embeddings{}
	x.bench.progress.Phase("embedding "+s.Spec.Name, len(s.Images))
	start := time.Now()
	err = x.pass.RunImages(ctx, s, func(*variants.Variant) bool { return true }, true)
	took = time.Since(start)
	switch {
	case err != nil:
		return 0, err
	case !x.ref.OK():
		return 0, fmt.Errorf("%s: %s: %s", x.Variant(), x.ref.Status, x.ref.Reason)
	case len(s.Good) < len(s.Images):
		return 0, fmt.Errorf("%d of %d pictures could not be used", len(s.Images)-len(s.Good), len(s.Images))
	}
	return took, nil
}

// Close closes everything that was opened.
func (x *Throughput) Close() error { return x.bench.close() }
