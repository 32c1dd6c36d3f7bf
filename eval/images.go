package eval

import (
	"cmp"
	"context"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess"
)

// chunkSize is how many pictures are in hand at once. It is also the unit of the cache, so a
// batch never mixes pictures of two chunks; suites' batches divide it or are cut by it.
const chunkSize = 32

// imageJob is the work of one image key: a pipeline and an encoder.
type imageJob struct {
	*job
	pipe *preprocess.Pipeline
	out  encoders.Embeddings
}

// imagePass embeds a dataset's pictures with every live variant, and compares the tensors of
// every pipeline with the reference's. The next chunk is prepared while this one is encoded.
type imagePass struct {
	r     *run
	set   *set
	jobs  []*imageJob
	pipes []*preprocess.Pipeline // all in use, by key
	drift []*preprocess.Pipeline // those that are compared with the reference's: the variants' own
	ref   *preprocess.Pipeline
}

func (r *run) newImagePass(s *set) *imagePass {
	p := &imagePass{r: r, set: s}
	seen := map[string]bool{}
	for _, j := range jobs(r.withSwaps(), func(v *variant) string { return v.imageKey }, r.suite.Timeout) {
		pipe := j.variants[0].pipe
		p.jobs = append(p.jobs, &imageJob{job: j, pipe: pipe})
		if !seen[pipe.Key()] {
			seen[pipe.Key()] = true
			p.pipes = append(p.pipes, pipe)
		}
	}
	if r.ref.ok() {
		p.ref = r.ref.pipe
		p.drift = slices.DeleteFunc(slices.Clone(p.pipes), func(pipe *preprocess.Pipeline) bool {
			return pipe.Key() == p.ref.Key() || !slices.ContainsFunc(r.variants, func(v *variant) bool { return v.ok() && v.pipe.Key() == pipe.Key() })
		})
		slices.SortStableFunc(p.pipes, func(a, b *preprocess.Pipeline) int {
			return cmp.Compare(distance(a, p.ref), distance(b, p.ref))
		})
	}
	return p
}

func (p *imagePass) run(ctx context.Context) error {
	prepared := make(chan *chunk, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(prepared)
		for from := 0; from < len(p.set.images); from += chunkSize {
			c, err := p.prepare(ctx, p.set.images[from:min(from+chunkSize, len(p.set.images))])
			if err != nil {
				return err
			}
			select {
			case prepared <- c:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	g.Go(func() error {
		for c := range prepared {
			if err := p.finish(ctx, c); err != nil {
				return err
			}
			p.r.progress.add(len(c.all))
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return err
	}
	for _, j := range p.jobs {
		if j.ok() {
			p.set.imageEmb[j.key] = j.out
		}
	}
	return nil
}

// finish encodes a prepared chunk with every job that has not done so, and adds up.
func (p *imagePass) finish(ctx context.Context, c *chunk) error {
	defer c.release()
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, runtime.NumCPU()/p.r.threads()))
	parts := make([]encoders.Embeddings, len(p.jobs))
	for i, j := range p.jobs {
		if !j.ok() || len(c.good) == 0 {
			continue
		}
		if e, ok := c.cached[j.key]; ok {
			parts[i] = e
			continue
		}
		g.Go(func() error {
			return j.do(gctx, func(ctx context.Context, v *variant) error {
				order := v.order(len(c.good))
				px := encoders.Pixels{N: len(c.good), Size: v.info.ImageSize, Data: permuted(c.pixels[j.pipe.Key()], order)}
				e, err := v.enc.EncodeImages(ctx, px)
				if err != nil {
					return err
				}
				restored(e.Data, order)
				parts[i] = e
				return p.r.cache.Put(c.unit(j.key), marshal(e))
			})
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, j := range p.jobs {
		j.out.N, j.out.Dim = j.out.N+parts[i].N, max(j.out.Dim, parts[i].Dim)
		j.out.Data = append(j.out.Data, parts[i].Data...)
	}
	return p.compare(c)
}

// compare adds each pipeline's distance to the reference's tensors, from this chunk or the cache.
func (p *imagePass) compare(c *chunk) error {
	if len(c.good) == 0 {
		return nil
	}
	for _, pipe := range p.drift {
		part, ok := c.drift[pipe.Key()]
		if !ok {
			part = &pipeDrift{}
			part.normalise.add(c.pixels[pipe.Key()], c.pixels[p.ref.Key()], pipe.Len())
			for _, i := range c.good {
				part.decode.merge(&c.rungs[pipe.Key()][i].decode)
				part.resize.merge(&c.rungs[pipe.Key()][i].resize)
			}
			data, err := part.MarshalBinary()
			if err != nil {
				return err
			}
			if err := p.r.cache.Put(c.unit(p.r.driftKey(pipe, p.ref)), data); err != nil {
				return err
			}
		}
		total := p.set.pipes[pipe.Key()]
		if total == nil {
			total = &pipeDrift{}
			p.set.pipes[pipe.Key()] = total
		}
		total.merge(part)
	}
	return nil
}

func (r *run) driftKey(pipe, ref *preprocess.Pipeline) string {
	return Key("pipeline drift", pipe.Key(), ref.Key(), r.cfg.Build)
}

// distance puts the reference's pipeline before all others.
func distance(pipe, ref *preprocess.Pipeline) int {
	if pipe.Key() == ref.Key() {
		return 0
	}
	return 1
}
