package eval

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
)

// Throughput embeds pictures as a run does: files are loaded, decoded and preprocessed while others
// are encoded.
type Throughput struct{ run *run }

// OpenThroughput opens the suite's reference and its first dataset.
func OpenThroughput(ctx context.Context, cfg Config) (*Throughput, error) {
	r := bareRun(cfg, nil) // each round has a cache of its own
	x := &Throughput{r}
	r.suite.Datasets = r.suite.Datasets[:1]
	for _, spec := range r.suite.Variants {
		if spec.Name == r.suite.Reference {
			r.ref = r.opener.OpenIn(ctx, r.suite, spec)
			r.variants = []*variants.Variant{r.ref}
		}
	}
	if !r.ref.OK() || r.ref.Enc == nil {
		return nil, errors.Join(fmt.Errorf("%s: %s: %s", r.suite.Reference, r.ref.Status, r.ref.Reason), x.Close())
	}
	if err := r.openSets(ctx); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	r.pass = r.newPass()
	return x, nil
}

// Variant is the reference's name.
func (x *Throughput) Variant() string { return x.run.ref.Spec.Name }

// Shape is how many pictures a round embeds, in batches of how many, with how many threads a call
// and how many calls at once.
func (x *Throughput) Shape() (images, batch, threads, calls int) {
	spec := x.run.ref.Spec
	return len(x.run.sets[0].Images), spec.Batch, spec.Threads, cap(x.run.pass.Calls)
}

// Round embeds all pictures once, without anything that an earlier round has left.
func (x *Throughput) Round(ctx context.Context) (took time.Duration, err error) {
	dir, err := os.MkdirTemp(x.run.cfg.Cache, "throughput-")
	if err != nil {
		return 0, fmt.Errorf("throughput: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if x.run.pass.Cache, err = cache.Open(dir, true); err != nil {
		return 0, err
	}
	s := x.run.sets[0]
	s.Good, s.Failures, s.ImageEmb = nil, nil, map[string]encoders.Embeddings{}
	x.run.progress.Phase("embedding "+s.Spec.Name, len(s.Images))
	start := time.Now()
	err = x.run.pass.RunImages(ctx, s, func(*variants.Variant) bool { return true }, true)
	took = time.Since(start)
	switch {
	case err != nil:
		return 0, err
	case !x.run.ref.OK():
		return 0, fmt.Errorf("%s: %s: %s", x.Variant(), x.run.ref.Status, x.run.ref.Reason)
	case len(s.Good) < len(s.Images):
		return 0, fmt.Errorf("%d of %d pictures could not be used", len(s.Images)-len(s.Good), len(s.Images))
	}
	return took, nil
}

// Close closes what was opened.
func (x *Throughput) Close() error { return x.run.close() }
