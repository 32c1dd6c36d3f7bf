// Package spread lets workers search large datasets and compare their similarities. A task is a range of
// queries or texts against the whole gallery.
package spread

import (
	"context"
	"fmt"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/cache"
)

// Input is what to search and to compare.
type Input struct {
	Store    blobstore.Store
	Cache    *cache.Cache // over the store
	Suite    *suite.Suite
	Sets     []*embed.Set // must be embedded
	Variants []*variants.Variant
	Plan     tasks.Plan // plan of the encoding, for its place and marks
	Pairs    int        // similarities from which workers share the work on a dataset
}

// Pairs is a number of similarities that takes one machine minutes.
const Pairs = 1 << 32

// items are a dataset's items, as searches need them.
type items struct {
	Images, Texts []item
}

type item struct {
	ID     string
	Text   string   `json:",omitempty"`
	Labels []string `json:",omitempty"`
	Images []string `json:",omitempty"`
}

// Searches are a plan's searches. It stores what the workers need. It is nil when no dataset is large enough.
// Any machine may do the work, because similarities are exact.
func Searches(ctx context.Context, in Input) (*tasks.Plan, error) {
	return in.plan(ctx, true, func(s *embed.Set, set int, manifest string) (out []tasks.Task, err error) {
		for i, v := range in.Variants {
			if !v.OK() {
				continue
			}
			ranges, err := score.Ranges(s, in.Suite, v)
			if err != nil {
				return nil, err
			}
			for n, g := range ranges {
				out = append(out, tasks.Task{
					ID: fmt.Sprintf("score-s%d-v%d-%s-%05d", set, i, g.Direction, n), Kind: tasks.KindScore, Set: set,
					From: g.From, To: g.To, Variants: []string{v.Spec.Name}, Manifest: manifest, Direction: g.Direction, Contents: s.Contents(v),
				})
			}
		}
		return out, nil
	})
}

// Comparisons are the comparisons of the variants' similarities with the reference's. The products are in
// float32, so only machines like the planner's may do the work. It is nil when no dataset is large enough.
func Comparisons(ctx context.Context, in Input, ref *variants.Variant) (*tasks.Plan, error) {
	return in.plan(ctx, in.Plan.Mixed, func(s *embed.Set, set int, manifest string) (out []tasks.Task, err error) {
		of := drift.Similarities{}
		of.RefTexts, of.RefImages = s.Raws(ref)
		for i, v := range in.Variants {
			if v == ref || !v.OK() || !ref.OK() || v.Info.ImageOnly || ref.Info.ImageOnly {
				continue
			}
			of.Texts, of.Images = s.Raws(v)
			some := Compare(of, nil, nil, in.Suite, s.Spec.Name)
			texts, _ := some.Texts.Shape()
			for n := range some.Ranges() {
				from := n * drift.RangeTexts
				out = append(out, tasks.Task{
					ID: fmt.Sprintf("drift-s%d-v%d-%05d", set, i, n), Kind: tasks.KindDrift, Set: set, From: from, To: min(from+drift.RangeTexts, texts),
					Variants: []string{v.Spec.Name}, Manifest: manifest, Contents: s.Contents(v), Reference: s.Contents(ref),
				})
			}
		}
		return out, nil
	})
}

// plan is a plan of the tasks for each dataset that is large enough.
func (in Input) plan(ctx context.Context, mixed bool, cut func(s *embed.Set, set int, manifest string) ([]tasks.Task, error)) (*tasks.Plan, error) {
	p := &tasks.Plan{Suite: in.Plan.Suite, Place: in.Plan.Place, Keys: in.Plan.Keys, Fresh: in.Plan.Fresh, Mixed: mixed}
	for _, s := range in.Sets {
		if len(s.Good) == 0 || score.Pairs(s) < in.Pairs {
			continue
		}
		manifest, err := in.share(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("dataset %s: %w", s.Spec.Name, err)
		}
		p.Sets = append(p.Sets, tasks.Set{Name: s.Spec.Name, SHA256: s.Info.Hash, Images: len(s.Good), Texts: len(s.Texts)})
		list, err := cut(s, len(p.Sets)-1, manifest)
		if err != nil {
			return nil, fmt.Errorf("dataset %s: %w", s.Spec.Name, err)
		}
		p.Tasks = append(p.Tasks, list...)
	}
	if len(p.Tasks) == 0 {
		return nil, nil
	}
	if err := in.Cache.Flush(); err != nil {
		return nil, err
	}
	return p, p.Put(ctx, in.Store)
}

// share stores a dataset's items and embeddings for the workers. It returns the name of the items' manifest.
func (in Input) share(ctx context.Context, s *embed.Set) (manifest string, err error) {
	list := items{}
	for _, im := range s.Good {
		list.Images = append(list.Images, item{ID: im.ID, Labels: im.Labels})
	}
	for _, t := range s.Texts {
		list.Texts = append(list.Texts, item{t.ID, t.Text, t.Labels, t.Images})
	}
	if manifest, err = tasks.PutManifest(ctx, in.Store, list); err != nil {
		return "", err
	}
	s.Fingerprint(in.Variants)
	for _, v := range in.Variants {
		if v.OK() {
			contents := s.Contents(v)
			put(in.Cache, contents[1], s.TextEmb[v.TextKey])
			put(in.Cache, contents[2], s.ImageEmb[v.ImageKey])
			s.Rest()
		}
	}
	return manifest, nil
}

// blockRows is the number of rows in an entry of the cache.
const blockRows = 4096

func blockKey(hash string, block int) string { return cache.Key("rows 1", hash, fmt.Sprint(block)) }

// put stores embeddings under their hash, in blocks.
func put(c *cache.Cache, hash string, e encoders.Embeddings) {
	for from := 0; from < e.N; from += blockRows {
		if key := blockKey(hash, from/blockRows); !c.Has(key) {
			to := min(from+blockRows, e.N)
			c.KeepFor("rows "+hash, key, embed.Marshal(encoders.Embeddings{N: to - from, Dim: e.Dim, Data: e.Data[from*e.Dim : to*e.Dim]}))
		}
	}
}

// set is the dataset as searches want it.
func (l items) set(name string) *embed.Set {
	s := &embed.Set{Spec: suite.DatasetSpec{Name: name}}
	for _, im := range l.Images {
		s.Good = append(s.Good, datasets.Image{ID: im.ID, Labels: im.Labels})
	}
	for _, t := range l.Texts {
		s.Texts = append(s.Texts, datasets.Text{ID: t.ID, Text: t.Text, Labels: t.Labels, Images: t.Images})
	}
	return s
}
