// Package spread lets workers search large datasets. A task is a range of queries against the whole
// gallery.
package spread

import (
	"context"
	"fmt"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/cache"
)

// Input is what to search.
type Input struct {
	Store    blobstore.Store
	Cache    *cache.Cache // over the store
	Suite    *suite.Suite
	Sets     []*embed.Set // must be embedded
	Variants []*variants.Variant
	Plan     tasks.Plan // plan of the encoding, for its place and marks
	Pairs    int        // similarities from which workers search a dataset
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

// Plan stores what the workers need, and their tasks. It is nil when no dataset is large enough. Any
// machine may do the work, because similarities are exact.
func Plan(ctx context.Context, in Input) (*tasks.Plan, error) {
	p := &tasks.Plan{Suite: in.Plan.Suite, Place: in.Plan.Place, Keys: in.Plan.Keys, Fresh: in.Plan.Fresh, Mixed: true}
	for _, s := range in.Sets {
		if len(s.Good) == 0 || score.Pairs(s) < in.Pairs {
			continue
		}
		if err := in.add(ctx, p, s); err != nil {
			return nil, fmt.Errorf("dataset %s: %w", s.Spec.Name, err)
		}
	}
	if len(p.Tasks) == 0 {
		return nil, nil
	}
	if err := in.Cache.Flush(); err != nil {
		return nil, err
	}
	return p, p.Put(ctx, in.Store)
}

func (in Input) add(ctx context.Context, p *tasks.Plan, s *embed.Set) error {
	list := items{}
	for _, im := range s.Good {
		list.Images = append(list.Images, item{ID: im.ID, Labels: im.Labels})
	}
	for _, t := range s.Texts {
		list.Texts = append(list.Texts, item{t.ID, t.Text, t.Labels, t.Images})
	}
	manifest, err := tasks.PutManifest(ctx, in.Store, list)
	if err != nil {
		return err
	}
	p.Sets = append(p.Sets, tasks.Set{Name: s.Spec.Name, SHA256: s.Info.Hash, Images: len(s.Good), Texts: len(s.Texts)})
	s.Fingerprint(in.Variants)
	for i, v := range in.Variants {
		if !v.OK() {
			continue
		}
		contents := s.Contents(v)
		put(in.Cache, contents[1], s.TextEmb[v.TextKey])
		put(in.Cache, contents[2], s.ImageEmb[v.ImageKey])
		s.Rest()
		ranges, err := score.Ranges(s, in.Suite.Metrics, v)
		if err != nil {
			return err
		}
		for n, g := range ranges {
			p.Tasks = append(p.Tasks, tasks.Task{
				ID: fmt.Sprintf("score-s%d-v%d-%s-%05d", len(p.Sets)-1, i, g.Direction, n), Kind: tasks.KindScore, Set: len(p.Sets) - 1,
				From: g.From, To: g.To, Variants: []string{v.Spec.Name}, Manifest: manifest, Direction: g.Direction, Contents: contents,
			})
		}
	}
	return nil
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
