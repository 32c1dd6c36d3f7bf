package embed

import (
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/internal/cache"
)

// compareStages adds each pipeline's distance from the reference's tensors, from this chunk or the cache.
func (p *imagePass) compareStages(c *chunk) error {
	if len(c.good) == 0 {
		return nil
	}
	for _, pipe := range p.drift {
		part, ok := c.drift[pipe.Key()]
		if !ok {
			part = &drift.PipeDrift{}
			if pipe.Len() == p.ref.Len() {
				part.Normalise.Add(c.pixels[pipe.Key()], c.pixels[p.ref.Key()], pipe.Len())
			}
			for _, i := range c.good {
				part.Decode.Merge(&c.rungs[pipe.Key()][i].Decode)
				part.Resize.Merge(&c.rungs[pipe.Key()][i].Resize)
			}
			data, err := part.MarshalBinary()
			if err != nil {
				return err
			}
			p.Cache.Keep(c.unit(p.driftKey(pipe, p.ref)), data)
		}
		total := p.set.Pipes[pipe.Key()]
		if total == nil {
			total = &drift.PipeDrift{}
			p.set.Pipes[pipe.Key()] = total
		}
		total.Merge(part)
	}
	return nil
}

func (a *Pass) driftKey(pipe, ref *preprocess.Pipeline) string {
	return cache.Key("pipeline drift", pipe.Key(), ref.Key(), a.Build)
}

// distance sorts the reference's pipeline before all others.
func distance(pipe, ref *preprocess.Pipeline) int {
	if pipe.Key() == ref.Key() {
		return 0
	}
	return 1
}
