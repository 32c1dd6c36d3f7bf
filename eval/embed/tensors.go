package embed

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
)

// tensorKey names what a chunk's tensors depend on. Pipelines that differ only in how they normalise share
// their samples.
func (p *imagePass) tensorKey(c *chunk, pipe *preprocess.Pipeline) string {
	key := pipe.Key()
	if pipe.Transform.Rounds() {
		key = pipe.BytesKey()
	}
	return c.unit(p.Place.Key("tensors 1", key))
}

// restore takes a pipeline's tensors from those that are kept, or reports that it cannot.
func (p *imagePass) restore(c *chunk, pipe *preprocess.Pipeline) bool {
	body, ok := p.Tensors.Get(p.tensorKey(c, pipe))
	if !ok {
		return false
	}
	n := pipe.Len()
	if pipe.Transform.Rounds() {
		samples, err := cache.TensorValues(body, cache.KindBytes, len(c.good), n, 1)
		if err != nil {
			return false
		}
		px := c.pool.get(len(samples))
		for k := range c.good {
			pipe.Transform.Spread(px[k*n:(k+1)*n], samples[k*n:(k+1)*n])
		}
		c.pixels[pipe.Key()] = px
		return true
	}
	values, err := cache.TensorValues(body, cache.KindFloats, len(c.good), n, 4)
	if err != nil {
		return false
	}
	px := c.pool.get(len(values) / 4)
	for i := range px {
		px[i] = math.Float32frombits(binary.LittleEndian.Uint32(values[4*i:]))
	}
	c.pixels[pipe.Key()] = px
	return true
}

// keep stores the tensors made from the pictures. It does not store those of mixed pipelines, because only
// swaps use them.
func (p *imagePass) keep(c *chunk) {
	if p.Tensors == nil || len(c.good) == 0 {
		return
	}
	for _, pipe := range p.pipes {
		key, px := p.tensorKey(c, pipe), c.pixels[pipe.Key()]
		values, n, kind := c.bytes[pipe.Key()], pipe.Len(), cache.KindBytes
		rounds := pipe.Transform.Rounds()
		if px == nil || rounds && values == nil || p.Tensors.Has(key) {
			continue // not needed, or kept already
		}
		if !rounds {
			kind, values = cache.KindFloats, make([]byte, 0, 4*len(px))
			for _, v := range px {
				values = binary.LittleEndian.AppendUint32(values, math.Float32bits(v))
			}
		}
		spare := !slices.ContainsFunc(p.Variants, func(v *variants.Variant) bool { return v.Pipe != nil && v.Pipe.Key() == pipe.Key() })
		p.Tensors.Put(key, cache.HeadOf(kind, len(c.good), n), values, spare)
	}
	for _, samples := range c.bytes {
		p.samples.put(samples)
	}
	clear(c.bytes)
}
