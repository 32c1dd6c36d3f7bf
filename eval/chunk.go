package eval

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess"
)

// chunk is some pictures of a dataset on their way through the pipelines.
type chunk struct {
	all    []datasets.Image
	data   [][]byte
	hashes []string
	good   []int // indices of the pictures that every pipeline could read
	id     string
	pixels map[string][]float32 // by pipeline key: len(good) tensors
	cached map[string]encoders.Embeddings
	drift  map[string]*pipeDrift
	ref    *preprocess.Pipeline
	rungs  map[string][]rungs // by pipeline key, then by picture
	pool   *pixelPool
}

// broken is a picture that is left out for all variants alike, so that all search one gallery.
type broken struct {
	Index         int
	Stage, Reason string
}

// unit is the cache key of some work on this chunk's pictures.
func (c *chunk) unit(work string) string { return Key("unit", work, c.id) }

// files are the good pictures as they are.
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
	c := &chunk{all: images, pixels: map[string][]float32{}, cached: map[string]encoders.Embeddings{}, drift: map[string]*pipeDrift{}, ref: p.ref, rungs: map[string][]rungs{}, pool: &p.r.pixels}
	for _, pipe := range p.drift {
		c.rungs[pipe.Key()] = make([]rungs, len(images))
	}
	bad, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	keys := []string{"probe", p.r.cfg.Build}
	for _, pipe := range p.pipes {
		keys = append(keys, pipe.Key())
	}
	probe := Key(append(keys, c.hashes...)...)
	known, ok := p.r.probe(probe)
	if ok {
		c.settle(append(bad, known...))
	} else {
		found, err := c.apply(ctx, p.pipes, skip(len(images), bad))
		if err != nil {
			return nil, err
		}
		if err := p.r.putProbe(probe, found); err != nil {
			return nil, err
		}
		bad = append(bad, found...)
		c.settle(bad)
		c.compact(found)
	}
	if p.first {
		p.set.note(c, append(bad, known...))
	}
	p.lookup(c)
	if need := p.need(c); ok && len(need) > 0 {
		if _, err := c.apply(ctx, need, c.good); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// load reads the files; one that cannot be read is broken.
func (c *chunk) load(ctx context.Context) ([]broken, error) {
	var bad []broken
	c.data, c.hashes = make([][]byte, len(c.all)), make([]string, len(c.all))
	for i, im := range c.all {
		data, err := im.Read(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			bad = append(bad, broken{Index: i, Stage: "load", Reason: reason(err)})
			continue
		}
		h := sha256.Sum256(data)
		c.data[i], c.hashes[i] = data, hex.EncodeToString(h[:])
	}
	return bad, nil
}

// settle fixes which pictures are good, and with them the chunk's identity.
func (c *chunk) settle(bad []broken) {
	c.good = skip(len(c.all), bad)
	var hashes []string
	for _, i := range c.good {
		hashes = append(hashes, c.hashes[i])
	}
	c.id = Key(hashes...)
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

// apply runs the pipelines on the pictures at the given indices, each decoded once a decoder,
// and returns those that some pipeline refused.
func (c *chunk) apply(ctx context.Context, pipes []*preprocess.Pipeline, at []int) ([]broken, error) {
	for _, pipe := range pipes {
		c.pixels[pipe.Key()] = c.pool.get(len(at) * pipe.Len())
	}
	refused := make([]*broken, len(at))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.NumCPU())
	for k, i := range at {
		g.Go(func() error {
			refused[k] = c.one(pipes, k, i)
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var bad []broken
	for _, b := range refused {
		if b != nil {
			bad = append(bad, *b)
		}
	}
	return bad, nil
}

// one runs a picture through the pipelines. The reference's comes first, so that the others can
// be compared with it at each checkpoint of the very path that is measured.
func (c *chunk) one(pipes []*preprocess.Pipeline, k, i int) *broken {
	decoded := map[string]*preprocess.Picture{}
	ladder := ladder{decoded: map[string]*byteDiff{}}
	for _, pipe := range pipes {
		dec := pipe.Decoder
		pic := decoded[dec.Name()]
		if pic == nil {
			var err error
			if pic, err = dec.Decode(c.data[i]); err != nil {
				return &broken{Index: i, Stage: "decode", Reason: fmt.Sprintf("%s: %s", dec.Name(), reason(err))}
			}
			decoded[dec.Name()] = pic
		}
		var resized *preprocess.Picture
		tap := func(stage string, p *preprocess.Picture) {
			if stage == preprocess.StageResize {
				resized = p
			}
		}
		n := pipe.Len()
		if err := pipe.Transform.Apply(pic, c.pixels[pipe.Key()][k*n:(k+1)*n], tap); err != nil {
			return &broken{Index: i, Stage: "preprocess", Reason: fmt.Sprintf("%s: %s", pipe.Name, reason(err))}
		}
		if c.ref != nil && pipe.Key() == c.ref.Key() {
			ladder.ref, ladder.resized = pic.RGB(), resized
		} else if at := c.rungs[pipe.Key()]; at != nil && ladder.ref != nil {
			at[i] = ladder.compare(dec.Name(), pic, resized)
		}
	}
	return nil
}

// compact closes the gaps that refused pictures left in the tensors.
func (c *chunk) compact(refused []broken) {
	if len(refused) == 0 {
		return
	}
	tried := len(c.good) + len(refused)
	for key, px := range c.pixels {
		n, to := len(px)/tried, 0
		for k, i := 0, 0; i < len(c.all); i++ {
			isBad := slices.ContainsFunc(refused, func(b broken) bool { return b.Index == i })
			isGood := slices.Contains(c.good, i)
			if isGood {
				copy(px[to*n:(to+1)*n], px[k*n:(k+1)*n])
				to++
			}
			if isGood || isBad {
				k++
			}
		}
		c.pixels[key] = px[:to*n]
	}
}

// lookup finds what the cache already has of this chunk.
func (p *imagePass) lookup(c *chunk) {
	for _, j := range p.jobs {
		if data, ok := p.r.cache.Get(c.unit(j.key)); ok {
			if e, err := unmarshal(data); err == nil && e.N == len(c.good) {
				c.cached[j.key] = e
			}
		}
	}
	for _, pipe := range p.drift {
		if data, ok := p.r.cache.Get(c.unit(p.r.driftKey(pipe, p.ref))); ok {
			d := &pipeDrift{}
			if err := d.UnmarshalBinary(data); err == nil {
				c.drift[pipe.Key()] = d
			}
		}
	}
}

// need is the pipelines whose tensors some unfinished work wants.
func (p *imagePass) need(c *chunk) []*preprocess.Pipeline {
	want := map[string]bool{}
	for _, j := range p.jobs {
		if _, ok := c.cached[j.key]; !ok && j.ok() && !j.files() {
			want[j.pipe.Key()] = true
		}
	}
	for _, pipe := range p.drift {
		if _, ok := c.drift[pipe.Key()]; !ok {
			want[pipe.Key()], want[p.ref.Key()] = true, true
		}
	}
	var out []*preprocess.Pipeline
	for _, pipe := range p.pipes {
		if want[pipe.Key()] {
			out = append(out, pipe)
		}
	}
	return out
}

// probe is the remembered list of pictures that some pipeline refuses.
func (r *run) probe(key string) ([]broken, bool) {
	data, ok := r.cache.Get(key)
	if !ok {
		return nil, false
	}
	var bad []broken
	return bad, json.Unmarshal(data, &bad) == nil
}

func (r *run) putProbe(key string, bad []broken) error {
	data, err := json.Marshal(bad)
	if err != nil {
		return fmt.Errorf("remember refused pictures: %w", err)
	}
	return r.cache.Put(key, data)
}
