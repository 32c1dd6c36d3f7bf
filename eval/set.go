package eval

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
)

// set is a dataset of the suite and what the run has found out about it.
type set struct {
	spec   suite.DatasetSpec
	ds     datasets.Dataset
	info   datasets.Info
	images []datasets.Image
	texts  []datasets.Text
	zero   *zeroShot // or nil

	good     []datasets.Image // those that every pipeline could read, in order
	failures []Failure
	imageEmb map[string]encoders.Embeddings // by image key, a row for each good image
	textEmb  map[string]encoders.Embeddings // by text key, a row for each text
	pipes    map[string]*drift.PipeDrift    // by pipeline key, against the reference's
	found    [][]found                      // by variant, then by direction

	print  string            // of the items: itemsHash
	prints map[string]string // of embeddings, by modality and key

	passed []*preprocess.Pipeline // those that its good pictures passed: all variants' at the first pass
	ref    *preprocess.Pipeline   // the reference's among them, or nil
}

// Failure is an item that a run could not use.
type Failure struct{ Dataset, Item, Stage, Reason string }

// openSet opens a dataset of the suite and lists its items.
func (r *run) openSet(ctx context.Context, spec suite.DatasetSpec) (*set, error) {
	s := &set{spec: spec, imageEmb: map[string]encoders.Embeddings{}, textEmb: map[string]encoders.Embeddings{}, pipes: map[string]*drift.PipeDrift{}}
	var err error
	if s.ds, err = spec.Open(ctx, r.suite.Dir, r.cfg.Art, r.cfg.Cache); err != nil {
		return nil, fmt.Errorf("dataset %s: %w", spec.Name, err)
	}
	s.info = s.ds.Info()
	if spec.Templates, err = spec.Prompts(r.suite.Dir); err != nil {
		return nil, errors.Join(err, s.ds.Close())
	}
	for im, err := range s.ds.Images(ctx) {
		if err != nil {
			if ctx.Err() != nil {
				return nil, errors.Join(ctx.Err(), s.ds.Close())
			}
			s.failures = append(s.failures, Failure{Dataset: spec.Name, Item: im.Name, Stage: "list", Reason: variants.Reason(err)})
			continue
		}
		s.images = append(s.images, im)
	}
	for t, err := range s.ds.Texts(ctx) {
		if err != nil {
			return nil, errors.Join(fmt.Errorf("dataset %s: texts: %w", spec.Name, err), s.ds.Close())
		}
		s.texts = append(s.texts, t)
	}
	if s.zero, err = planZeroShot(spec, s.info, s.images); err != nil {
		return nil, errors.Join(fmt.Errorf("dataset %s: %w", spec.Name, err), s.ds.Close())
	}
	s.limit(r.suite.Limit)
	if len(s.images) == 0 || len(s.texts) == 0 {
		return nil, errors.Join(fmt.Errorf("dataset %s: %d pictures and %d texts: want some of both", spec.Name, len(s.images), len(s.texts)), s.ds.Close())
	}
	return s, nil
}

// strings are all that is embedded: the texts, and then the prompts of the classes.
func (s *set) strings() []string {
	out := make([]string, 0, len(s.texts))
	for _, t := range s.texts {
		out = append(out, t.Text)
	}
	if s.zero != nil {
		out = append(out, s.zero.prompts...)
	}
	return out
}

// keepTexts takes over the embeddings of strings.
func (s *set) keepTexts(key string, e encoders.Embeddings) {
	n := len(s.texts)
	s.textEmb[key] = encoders.Embeddings{N: n, Dim: e.Dim, Data: e.Data[:n*e.Dim]}
	if s.zero != nil {
		s.zero.emb[key] = encoders.Embeddings{N: e.N - n, Dim: e.Dim, Data: e.Data[n*e.Dim:]}
	}
}

// note takes over a chunk's good pictures and its broken ones.
func (s *set) note(c *chunk, bad []broken) {
	for _, i := range c.good {
		s.good = append(s.good, c.all[i])
	}
	slices.SortFunc(bad, func(a, b broken) int { return a.Index - b.Index })
	for _, b := range bad {
		s.failures = append(s.failures, Failure{Dataset: s.spec.Name, Item: c.all[b.Index].Name, Stage: b.Stage, Reason: b.Reason})
	}
}
