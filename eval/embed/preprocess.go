package embed

import (
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/variants"
)

// apply runs the pipelines on the pictures at the given indices, and decodes each picture once per
// decoder. For each pipeline it returns the pictures that the pipeline refused. When the reference's
// pipeline is among them, the others that want it are compared with it.
func (c *chunk) apply(ctx context.Context, pipes []*preprocess.Pipeline, at []int, measuresDrift func(*preprocess.Pipeline) bool) ([][]broken, error) {
	w := work{chunk: c, pipes: pipes, watched: make([]bool, len(pipes))}
	withRef := c.ref != nil && len(pipes) > 0 && pipes[0].Key() == c.ref.Key() // it sorts before all others
	for i, pipe := range pipes {
		c.room(pipe, len(at))
		if withRef && i > 0 && measuresDrift(pipe) {
			w.watched[0], w.watched[i] = true, true
			c.rungs[pipe.Key()] = make([]drift.Rungs, len(c.all))
		}
	}
	refused := make([][]*broken, len(at))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.NumCPU())
	for k, i := range at {
		g.Go(func() error {
			refused[k] = w.one(k, i)
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := make([][]broken, len(pipes))
	for _, by := range refused {
		for i, b := range by {
			if b != nil {
				out[i] = append(out[i], *b)
			}
		}
	}
	return out, nil
}

// room makes room for n tensors of a pipeline.
func (c *chunk) room(pipe *preprocess.Pipeline, n int) {
	key := pipe.Key()
	if px, ok := c.pixels[key]; ok {
		c.pool.put(px)
	}
	c.pixels[key] = c.pool.get(n * pipe.Len())
	if c.keeps && pipe.Transform.Rounds() {
		c.bytes[key] = c.spare.get(n * pipe.Len())
	}
}

// work is the pipelines that run on a chunk's pictures. watched are the compared ones, with what they are
// compared with.
type work struct {
	*chunk
	pipes   []*preprocess.Pipeline
	watched []bool
}

// one runs a picture through the pipelines. The reference's comes first, so that the others can be
// compared with it at each checkpoint of the very path that is measured. It returns, by pipeline, why the
// picture was refused, or nil when all accepted it.
func (w *work) one(k, i int) []*broken {
	var refused []*broken
	refuse := func(at int, stage, name string, err error) {
		if refused == nil {
			refused = make([]*broken, len(w.pipes))
		}
		refused[at] = &broken{Index: i, Stage: stage, Reason: fmt.Sprintf("%s: %s", name, variants.Reason(err))}
	}
	decoded := map[string]*picture.Picture{}
	defer func() {
		for _, pic := range decoded {
			pic.Return()
		}
	}()
	failed := map[string]error{}
	ladder := drift.Ladder{Decoded: map[string]*drift.ByteDiff{}}
	for at, pipe := range w.pipes {
		dec := pipe.Decoder.Name()
		if decoded[dec] == nil && failed[dec] == nil {
			decoded[dec], failed[dec] = decode.Lend(pipe.Decoder, w.data[i])
		}
		if err := failed[dec]; err != nil {
			refuse(at, "decode", dec, err)
			continue
		}
		resized, err := w.transform(pipe, k, decoded[dec], w.watched[at])
		switch {
		case err != nil:
			refuse(at, "preprocess", pipe.Name, err)
		case at == 0 && resized != nil:
			ladder.Ref, ladder.Resized = decoded[dec].RGB(), resized
		case resized != nil && ladder.Ref != nil:
			w.rungs[pipe.Key()][i] = ladder.Compare(dec, decoded[dec], resized)
		}
	}
	return refused
}

// transform turns a decoded picture into the kth tensor of a pipeline. When the pipeline is watched, it
// also returns the picture after the resize.
func (w *work) transform(pipe *preprocess.Pipeline, k int, pic *picture.Picture, watched bool) (resized *picture.Picture, err error) {
	n := pipe.Len()
	tensor := w.pixels[pipe.Key()][k*n : (k+1)*n]
	var samples []byte
	if all := w.bytes[pipe.Key()]; all != nil {
		samples = all[k*n : (k+1)*n]
	}
	if watched {
		err = pipe.Transform.Apply(pic, tensor, func(stage string, p *picture.Picture) {
			if stage == preprocess.StageResize {
				resized = p
			}
		})
		if err == nil && samples != nil {
			copy(samples, resized.Pix)
		}
		return resized, err
	}
	if samples == nil {
		return nil, pipe.Transform.Apply(pic, tensor, nil)
	}
	if err = pipe.Transform.Bytes(pic, samples); err == nil {
		pipe.Transform.Spread(tensor, samples)
	}
	return nil, err
}
