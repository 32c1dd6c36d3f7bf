package embed

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/internal/cache"
)

// probe finds the pictures that some pipeline refuses, with the reason of the first one. It remembers what
// a pipeline refuses, so that the search is not repeated for another pipeline next to it.
func (p *imagePass) probe(ctx context.Context, c *chunk) ([]broken, error) {
	known := map[string][]broken{}
	var todo []*preprocess.Pipeline
	wantsRef := false
	for _, pipe := range p.pipes {
		if bad, ok := p.refused(p.probeKey(pipe, c)); ok {
			known[pipe.Key()] = bad
			continue
		}
		todo = append(todo, pipe)
		wantsRef = wantsRef || p.measuresDrift(pipe)
	}
	if wantsRef && todo[0].Key() != p.ref.Key() {
		todo = slices.Insert(todo, 0, p.ref) // the tested pipelines are compared with it
	}
	if len(todo) > 0 {
		found, err := c.apply(ctx, todo, c.tried, p.measuresDrift)
		if err != nil {
			return nil, err
		}
		for i, pipe := range todo {
			known[pipe.Key()] = found[i]
			if err := p.putRefused(p.probeKey(pipe, c), found[i]); err != nil {
				return nil, err
			}
		}
	}
	var out []broken
	for _, pipe := range p.pipes {
		for _, b := range known[pipe.Key()] {
			if !slices.ContainsFunc(out, func(o broken) bool { return o.Index == b.Index }) {
				out = append(out, b)
			}
		}
	}
	return out, nil
}

// measuresDrift tells whether the pipeline is compared with the reference's.
func (p *imagePass) measuresDrift(pipe *preprocess.Pipeline) bool {
	return slices.Contains(p.drift, pipe)
}

func (p *imagePass) probeKey(pipe *preprocess.Pipeline, c *chunk) string {
	return cache.Key(append([]string{"probe", p.Build, pipe.Key()}, c.hashes...)...)
}

// refused is the remembered list of pictures that a pipeline refuses.
func (a *Pass) refused(key string) ([]broken, bool) {
	data, ok := a.Cache.Get(key)
	if !ok {
		return nil, false
	}
	var bad []broken
	return bad, json.Unmarshal(data, &bad) == nil
}

func (a *Pass) putRefused(key string, bad []broken) error {
	data, err := json.Marshal(bad)
	if err != nil {
		return fmt.Errorf("remember refused pictures: %w", err)
	}
	a.Cache.Keep(key, data)
	return nil
}

// lookup finds what the cache already has for this chunk.
func (p *imagePass) lookup(c *chunk) {
	for _, j := range p.jobs {
		if data, ok := p.Cache.Get(c.unit(j.Key)); ok {
			if e, err := Unmarshal(data); err == nil && e.N == len(c.good) {
				c.cached[j.Key] = e
			}
		}
	}
	for _, pipe := range p.drift {
		if data, ok := p.Cache.Get(c.unit(p.driftKey(pipe, p.ref))); ok {
			d := &drift.PipeDrift{}
			if err := d.UnmarshalBinary(data); err == nil {
				c.drift[pipe.Key()] = d
			}
		}
	}
}

// fill makes the missing tensors that unfinished work needs. It takes kept tensors where there are any. It
// uses the pictures where they have to be compared.
func (p *imagePass) fill(ctx context.Context, c *chunk) error {
	want := map[string]bool{} // by pipeline key: whether to compare it
	for _, j := range p.jobs {
		if _, ok := c.cached[j.Key]; !ok && j.OK() && !j.files() {
			want[j.pipe.Key()] = false
		}
	}
	for _, pipe := range p.drift {
		if c.drift[pipe.Key()] == nil && c.rungs[pipe.Key()] == nil {
			want[pipe.Key()], want[p.ref.Key()] = true, true
		}
	}
	var todo []*preprocess.Pipeline
	for _, pipe := range p.pipes {
		compare, ok := want[pipe.Key()]
		switch {
		case !ok || len(c.good) == 0:
		case compare, c.pixels[pipe.Key()] == nil && !p.restore(c, pipe):
			todo = append(todo, pipe)
		}
	}
	if len(todo) == 0 {
		return nil
	}
	_, err := c.apply(ctx, todo, c.good, func(pipe *preprocess.Pipeline) bool { return want[pipe.Key()] })
	return err
}
