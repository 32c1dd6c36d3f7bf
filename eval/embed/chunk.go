package embed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
)

// chunk is a group of pictures of a dataset on its way through the pipelines.
type chunk struct {
	all    []datasets.Image
	data   [][]byte
	hashes []string
	tried  []int // indices of the pictures that could be loaded
	good   []int // those that every pipeline could read
	id     string
	pixels map[string][]float32 // by pipeline key: len(good) tensors
	keeps  bool                 // whether the tensors are kept
	bytes  map[string][]byte    // if kept, by pipeline key: the samples behind the tensors, for pipelines that round
	cached map[string]encoders.Embeddings
	drift  map[string]*drift.PipeDrift
	ref    *preprocess.Pipeline
	rungs  map[string][]drift.Rungs // by pipeline key, then by picture, where compared with ref
	pool   *bufferPool[float32]
	spare  *bufferPool[byte] // pool for bytes
}

// broken is a picture that all variants skip, so that all of them search the same gallery.
type broken struct {
	Index         int
	Stage, Reason string
}

// unit is the cache key of some work on this chunk's pictures.
func (c *chunk) unit(work string) string { return cache.Key("unit", work, c.id) }

// files are the bytes of the good pictures.
func (c *chunk) files() [][]byte {
	out := make([][]byte, len(c.good))
	for k, i := range c.good {
		out[k] = c.data[i]
	}
	return out
}

func (c *chunk) release() {
	for _, px := range c.pixels {
		c.pool.put(px)
	}
}

// prepare loads a chunk, finds its broken pictures, and computes the tensors that are still needed.
func (p *imagePass) prepare(ctx context.Context, images []datasets.Image) (*chunk, error) {
	c := &chunk{all: images, pixels: map[string][]float32{}, bytes: map[string][]byte{}, cached: map[string]encoders.Embeddings{}, drift: map[string]*drift.PipeDrift{}, ref: p.ref, rungs: map[string][]drift.Rungs{}, pool: &p.pixels, spare: &p.samples, keeps: p.Tensors != nil}
	bad, err := c.load(ctx, p.set.Crashed)
	if err != nil {
		return nil, err
	}
	c.tried = skip(len(images), bad)
	refused, err := p.probe(ctx, c)
	if err != nil {
		return nil, err
	}
	bad = append(bad, refused...)
	c.fixGood(bad)
	if p.first {
		p.set.note(c, bad)
	}
	p.lookup(c)
	if err := p.fill(ctx, c); err != nil {
		return nil, err
	}
	p.keep(c)
	return c, nil
}

// load reads the files. A file that cannot be read is broken, and so is one that has ended a process.
func (c *chunk) load(ctx context.Context, crashed map[string]string) ([]broken, error) {
	c.data, c.hashes = make([][]byte, len(c.all)), make([]string, len(c.all))
	errs := make([]error, len(c.all))
	machine.OnCores(len(c.all), func(i int) {
		data, err := c.all[i].Read(ctx)
		if err != nil {
			errs[i] = err
			return
		}
		h := sha256.Sum256(data)
		c.data[i], c.hashes[i] = data, hex.EncodeToString(h[:])
	})
	var bad []broken
	for i, err := range errs {
		if why, ok := crashed[c.all[i].Name]; ok {
			bad = append(bad, broken{Index: i, Stage: store.StageCrash, Reason: why})
		} else if err != nil {
			bad = append(bad, broken{Index: i, Stage: "load", Reason: variants.Reason(err)})
		}
	}
	return bad, ctx.Err()
}

// fixGood decides which pictures are good, and with that the chunk's identity. It drops the tensors of the
// others.
func (c *chunk) fixGood(bad []broken) {
	c.good = skip(len(c.all), bad)
	var hashes []string
	for _, i := range c.good {
		hashes = append(hashes, c.hashes[i])
	}
	c.id = cache.Key(hashes...)
	for key, px := range c.pixels {
		c.pixels[key] = compact(px, c.tried, c.good)
	}
	for key, samples := range c.bytes {
		c.bytes[key] = compact(samples, c.tried, c.good)
	}
}

// compact removes the rows of tried that are not good.
func compact[T any](rows []T, tried, good []int) []T {
	if len(tried) == len(good) {
		return rows
	}
	n, to := len(rows)/len(tried), 0
	for k, i := range tried {
		if slices.Contains(good, i) {
			copy(rows[to*n:(to+1)*n], rows[k*n:(k+1)*n])
			to++
		}
	}
	return rows[:to*n]
}

func skip(n int, bad []broken) []int {
	var out []int
	for i := range n {
		if !slices.ContainsFunc(bad, func(b broken) bool { return b.Index == i }) {
			out = append(out, i)
		}
	}
	return out
}
