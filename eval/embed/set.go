package embed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/spool"
	"github.com/fastclip/fastclip/metrics/rank"
)

// Set is a dataset of the suite, with what the run has found out about it.
type Set struct {
	Spec    suite.DatasetSpec
	Dataset datasets.Dataset
	Info    datasets.Info
	Images  []datasets.Image
	Texts   []datasets.Text
	Zero    *zeroShot // nil without templates

	Sampled  bool             // swaps and noise floors take no part in the passes: see Pass.Beside
	Good     []datasets.Image // pictures that every pipeline could read, in order
	Looks    []string         // of a sampled set, by good picture: what its file says about it (decode.Outline)
	Marks    []uint64         // and the beginning of its file's hash
	Failures []Failure
	Crashed  map[string]string              // by name: why no process may read the picture
	ImageEmb map[string]encoders.Embeddings // by image key, one row per good image
	TextEmb  map[string]encoders.Embeddings // by text key, one row per text
	Pipes    map[string]*drift.PipeDrift    // by pipeline key, against the reference's

	imageFiles, textFiles []*spool.Rows // files of large embeddings

	looks  map[string]string // each distinct value of Looks once
	print  string            // hash of the items: ItemsHash
	cut    map[string]int64  // by tokenizer and context: number of longer texts
	prints map[string]string // hashes of embeddings, by modality and key

	passed []*preprocess.Pipeline // pipelines that its good pictures passed: all variants' in the first pass
	ref    *preprocess.Pipeline   // the reference's pipeline among them, or nil
}

// Failure is an item that a run could not use.
type Failure struct{ Dataset, Item, Stage, Reason string }

// Where is what opening a dataset of a suite needs.
type Where struct {
	Dir   string // folder of the suite
	Art   fs.FS  // art for generated scenes
	Cache string
	Limit int // pictures per dataset; 0 means all
}

// OpenSet opens a dataset of a suite and lists its items.
func OpenSet(ctx context.Context, spec suite.DatasetSpec, w Where) (*Set, error) {
	s := &Set{Spec: spec, ImageEmb: map[string]encoders.Embeddings{}, TextEmb: map[string]encoders.Embeddings{}, Pipes: map[string]*drift.PipeDrift{}}
	var err error
	if s.Dataset, err = spec.First(w.Limit).Open(ctx, w.Dir, w.Art, w.Cache); err != nil {
		return nil, fmt.Errorf("dataset %s: %w", spec.Name, err)
	}
	s.Info = s.Dataset.Info()
	if spec.Templates, err = spec.Prompts(w.Dir); err != nil {
		return nil, errors.Join(err, s.Dataset.Close())
	}
	if len(spec.Templates) > 0 { // other prompts give other scores, so it is another task
		s.Info.Hash = cache.Key(append([]string{"templates", s.Info.Hash}, spec.Templates...)...)
	}
	for im, err := range s.Dataset.Images(ctx) {
		if err != nil {
			if ctx.Err() != nil {
				return nil, errors.Join(ctx.Err(), s.Dataset.Close())
			}
			s.Failures = append(s.Failures, Failure{Dataset: spec.Name, Item: im.Name, Stage: "list", Reason: variants.Reason(err)})
			continue
		}
		s.Images = append(s.Images, im)
	}
	for t, err := range s.Dataset.Texts(ctx) {
		if err != nil {
			return nil, errors.Join(fmt.Errorf("dataset %s: texts: %w", spec.Name, err), s.Dataset.Close())
		}
		s.Texts = append(s.Texts, t)
	}
	if s.Zero, err = PlanZeroShot(spec, s.Info, s.Images); err != nil {
		return nil, errors.Join(fmt.Errorf("dataset %s: %w", spec.Name, err), s.Dataset.Close())
	}
	s.limit(w.Limit)
	if len(s.Images) == 0 || len(s.Texts) == 0 {
		return nil, errors.Join(fmt.Errorf("dataset %s: %d pictures and %d texts: want some of both", spec.Name, len(s.Images), len(s.Texts)), s.Dataset.Close())
	}
	return s, nil
}

// PartOf is a set with some of a dataset's pictures or texts, which are embedded only for the cache.
func PartOf(spec suite.DatasetSpec, images []datasets.Image, texts []datasets.Text, crashed map[string]string) *Set {
	return &Set{
		Spec: spec, Images: images, Texts: texts, Crashed: crashed,
		ImageEmb: map[string]encoders.Embeddings{}, TextEmb: map[string]encoders.Embeddings{}, Pipes: map[string]*drift.PipeDrift{},
	}
}

// Crash records that a picture crashes the process that reads it.
func (s *Set) Crash(name, reason string) {
	if s.Crashed == nil {
		s.Crashed = map[string]string{}
	}
	s.Crashed[name] = reason
}

// Strings are all texts to embed: the set's texts, then the prompts of the classes.
func (s *Set) Strings() []string {
	out := make([]string, 0, len(s.Texts))
	for _, t := range s.Texts {
		out = append(out, t.Text)
	}
	if s.Zero != nil {
		out = append(out, s.Zero.Prompts...)
	}
	return out
}

// SampledTexts tells whether noise floors use a sample of the texts. The smallest sample is a chunk.
func (s *Set) SampledTexts() bool {
	n := len(s.Texts)
	if s.Zero != nil {
		n += len(s.Zero.Prompts)
	}
	return s.Sampled && n > TextChunk
}

// keepTexts takes over the embeddings of Strings.
func (s *Set) keepTexts(key string, m *matrix) error {
	n := len(s.Texts)
	e, file, err := m.rows(m.n)
	if err != nil {
		return err
	}
	if file != nil {
		s.textFiles = append(s.textFiles, file)
	}
	s.TextEmb[key] = encoders.Embeddings{N: n, Dim: e.Dim, Data: e.Data[:n*e.Dim]}
	if s.Zero != nil {
		s.Zero.Emb[key] = encoders.Embeddings{N: e.N - n, Dim: e.Dim, Data: e.Data[n*e.Dim:]}
	}
	return nil
}

// note takes over a chunk's good and broken pictures.
func (s *Set) note(c *chunk, bad []broken) {
	for _, i := range c.good {
		s.Good = append(s.Good, c.all[i])
		if s.Sampled {
			s.look(c.data[i], c.hashes[i])
		}
	}
	slices.SortFunc(bad, func(a, b broken) int { return a.Index - b.Index })
	for _, b := range bad {
		s.Failures = append(s.Failures, Failure{Dataset: s.Spec.Name, Item: c.all[b.Index].Name, Stage: b.Stage, Reason: b.Reason})
	}
}

// look records what a sample is chosen by.
func (s *Set) look(data []byte, hash string) {
	mark, _ := strconv.ParseUint(hash[:16], 16, 64) // a hash is hexadecimal
	look := decode.Outline(data)
	if s.looks == nil {
		s.looks = map[string]string{}
	}
	if _, seen := s.looks[look]; !seen {
		s.looks[look] = look
	}
	s.Looks, s.Marks = append(s.Looks, s.looks[look]), append(s.Marks, mark)
}

// Units are a variant's embeddings as unit vectors.
func (s *Set) Units(v *variants.Variant) (texts, images rank.Unit) {
	tx, im := s.Raws(v)
	return tx.Unit(), im.Unit()
}

// Raws are a variant's embeddings without normalisation.
func (s *Set) Raws(v *variants.Variant) (texts, images rank.Raw) {
	im, tx := s.ImageEmb[v.ImageKey], s.TextEmb[v.TextKey]
	return rank.NewRaw(tx.Data, tx.N, tx.Dim), rank.NewRaw(im.Data, im.N, im.Dim)
}
