package embed

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/variants"
)

// ChunkSize is the number of pictures that are processed together. It is also the unit of the cache, so a
// batch never mixes pictures of two chunks. A suite's batch size divides it or is reduced to it.
const ChunkSize = 32

// imageJob is the work for one image key: a pipeline and an encoder.
type imageJob struct {
	*variants.Job
	pipe *preprocess.Pipeline // for an encoder that takes files, it only tells whether they can be read
	out  *matrix
	n    int // rows so far
}

// files tells whether the job's encoder takes files instead of tensors.
func (j *imageJob) files() bool { return j.Variants[0].Info.Files }

// imagePass embeds a dataset's pictures with every live variant, and compares the tensors of every
// pipeline with the reference's. It prepares the next chunk while it encodes the current one.
type imagePass struct {
	*Pass
	set   *Set
	jobs  []*imageJob
	pipes []*preprocess.Pipeline // all pipelines in use, by key
	drift []*preprocess.Pipeline // pipelines that are compared with the reference's: the variants' own
	ref   *preprocess.Pipeline
	first bool // first pass over the set; later passes use what it found
}

// newImagePass encodes with the given variants what they have not encoded yet. The first pass over a set
// prepares the pictures for all variants, and records in the set which pictures are good.
func (a *Pass) newImagePass(s *Set, in func(*variants.Variant) bool, first bool) *imagePass {
	p := &imagePass{Pass: a, set: s, first: first}
	all := a.Images
	if s.Sampled {
		all = slices.DeleteFunc(slices.Clone(all), func(v *variants.Variant) bool { return a.Beside[v.ImageKey] })
	}
	todo := slices.DeleteFunc(slices.Clone(all), func(v *variants.Variant) bool {
		_, done := s.ImageEmb[v.ImageKey]
		return done || !in(v)
	})
	for _, j := range variants.Jobs(todo, func(v *variants.Variant) string { return v.ImageKey }, a.Timeout) {
		p.jobs = append(p.jobs, &imageJob{Job: j, pipe: j.Variants[0].Pipe, out: a.matrix(len(s.Images))})
	}
	if !first {
		p.pipes, p.ref = s.passed, s.ref
		return p
	}
	seen := map[string]bool{}
	for _, v := range all {
		if v.OK() && v.Enc != nil && !seen[v.Pipe.Key()] {
			seen[v.Pipe.Key()] = true
			p.pipes = append(p.pipes, v.Pipe)
		}
	}
	if a.Reference.OK() && !a.Reference.Opaque() {
		p.ref = a.Reference.Pipe
		p.drift = slices.DeleteFunc(slices.Clone(p.pipes), func(pipe *preprocess.Pipeline) bool {
			return pipe.Key() == p.ref.Key() || !slices.ContainsFunc(a.Variants, func(v *variants.Variant) bool {
				return v.OK() && !v.Opaque() && v.Pipe.Key() == pipe.Key()
			})
		})
		slices.SortStableFunc(p.pipes, func(a, b *preprocess.Pipeline) int {
			return cmp.Compare(distance(a, p.ref), distance(b, p.ref))
		})
	}
	s.passed, s.ref = p.pipes, p.ref
	return p
}

// encoding is a chunk whose pictures are being encoded.
type encoding struct {
	*chunk
	parts []encoders.Embeddings // one per job
	wait  func() error
}

func (p *imagePass) run(ctx context.Context) error {
	// One chunk is being prepared and one waits to be encoded. As many are encoded as fill the calls, plus
	// one, because a later chunk may be encoded first. Of these, one waits to be sent and one has been
	// received.
	fill := (cap(p.Calls) + len(p.jobs) - 1) / max(1, len(p.jobs))
	prepared := make(chan *chunk)
	encoded := make(chan *encoding, max(0, fill-1))
	outer, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	g, ctx := errgroup.WithContext(outer)
	g.Go(func() error {
		defer close(prepared)
		for from := 0; from < len(p.set.Images); from += ChunkSize {
			c, err := p.prepare(ctx, p.set.Images[from:min(from+ChunkSize, len(p.set.Images))])
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
		defer close(encoded)
		for c := range prepared {
			e, err := p.encode(ctx, c)
			if err != nil {
				return err
			}
			encoded <- e // the receiver waits for its calls, even when the run ends early
		}
		return nil
	})
	g.Go(func() error {
		var first error
		for e := range encoded {
			if err := e.wait(); first == nil {
				first = err
			}
			if first == nil {
				first = p.finish(e)
				p.Progress.Add(len(e.all))
			}
			if first != nil {
				stop(first)
			}
			e.release()
		}
		return first
	})
	if err := g.Wait(); err != nil {
		return cmp.Or(context.Cause(outer), err)
	}
	for _, j := range p.jobs {
		if !j.OK() {
			continue
		}
		out, file, err := j.out.rows(j.n)
		if err != nil {
			return err
		}
		p.set.ImageEmb[j.Key] = out
		if file != nil {
			p.set.imageFiles = append(p.set.imageFiles, file)
		}
	}
	return nil
}

// encode starts to encode a prepared chunk with every job that has not done so. It returns when the last
// call has started.
func (p *imagePass) encode(ctx context.Context, c *chunk) (*encoding, error) {
	g, ctx := errgroup.WithContext(ctx)
	e := &encoding{chunk: c, parts: make([]encoders.Embeddings, len(p.jobs)), wait: g.Wait}
	for i, j := range p.jobs {
		if !j.OK() || len(c.good) == 0 {
			continue
		}
		if done, ok := c.cached[j.Key]; ok {
			e.parts[i] = done
			continue
		}
		if err := p.Calls.take(ctx); err != nil {
			return nil, cmp.Or(g.Wait(), err)
		}
		g.Go(func() error {
			defer p.Calls.free()
			return j.Do(ctx, func(ctx context.Context, v *variants.Variant) error {
				order := v.Order(len(c.good))
				px := variants.Permuted(c.pixels[j.pipe.Key()], order)
				out, err := v.Enc.EncodeImages(ctx, v.Pixels(len(c.good), px, variants.Permuted(c.files(), order)))
				if err != nil {
					return namedBroken(err, len(c.good), func(i int) string {
						if order != nil {
							i = order[i]
						}
						return c.all[c.good[i]].Name
					})
				}
				variants.Restored(out.Data, order)
				e.parts[i] = out
				p.Progress.Alive()
				p.Cache.KeepFor(j.Key, c.unit(j.Key), Marshal(out))
				return nil
			})
		})
	}
	return e, nil
}

// finish adds the embeddings of an encoded chunk.
func (p *imagePass) finish(e *encoding) error {
	for i, j := range p.jobs {
		if err := j.out.put(j.n, e.parts[i]); err != nil {
			return err
		}
		j.n += e.parts[i].N
	}
	return p.compareStages(e.chunk)
}
