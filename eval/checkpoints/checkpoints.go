// Package checkpoints compares variants with the reference at every checkpoint, from the pixels to the ranks. The
// results are rows of drift.parquet.
package checkpoints

import (
	"cmp"
	"context"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/attribute"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/spread"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
)

// Input is what to compare. All sets must be embedded and scored.
type Input struct {
	RunID     string
	Suite     *suite.Suite
	Sets      []*embed.Set
	Variants  []*variants.Variant
	Reference *variants.Variant
	Found     map[*embed.Set][][]score.Found // by variant, then by direction
	Swaps     []*attribute.Swap              // of pictures
	TextSwaps []*attribute.Swap
	Floors    []attribute.Floor
	NoFloor   bool // the reference's differences from itself are no noise floor
	Sampler   *attribute.Sampler
	Kept      cache.Scope // results of earlier runs
	Pairs     int         // similarities of a dataset from which ranges of them are compared, by workers if there are any; 0 means spread.Pairs
	Progress  *progress.Progress
}

// comparing is a comparison in progress.
type comparing struct {
	Input
	rows []store.Drift
}

// Rows compares every variant with the reference at every checkpoint: first the variants, then the swaps of their
// stages. There are none when the reference failed, because nothing can be compared with it. The budgets of flips
// are also added to Found.
func Rows(ctx context.Context, in Input) ([]store.Drift, error) {
	c := &comparing{Input: in}
	c.Progress.Phase("comparing with "+c.Suite.Reference, len(c.Sets)*len(c.Variants))
	if !c.Reference.OK() {
		return nil, nil // scores stand, but drift has no reference to be measured from
	}
	for _, s := range c.Sets {
		if len(s.Good) == 0 {
			continue
		}
		c.floorRows(s)
		for i, v := range c.Variants {
			if v == c.Reference || !v.OK() {
				continue
			}
			c.Progress.On(v.Spec.Name)
			if err := c.driftOf(ctx, s, v, i); err != nil {
				return nil, err
			}
			s.Rest()
			c.Progress.Add(1)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
	}
	for _, s := range c.Sets {
		if len(s.Good) > 0 {
			c.swapRows(s, "image", c.Swaps, s.ImageEmb, func(v *variants.Variant) string { return v.ImageKey })
			c.swapRows(s, "text", c.TextSwaps, s.TextEmb, func(v *variants.Variant) string { return v.TextKey })
		}
	}
	return c.rows, nil
}

func (c *comparing) driftOf(ctx context.Context, s *embed.Set, v *variants.Variant, at int) error {
	refImages, refTexts := s.ImageEmb[c.Reference.ImageKey], s.TextEmb[c.Reference.TextKey]
	images, texts := s.ImageEmb[v.ImageKey], s.TextEmb[v.TextKey]
	if v.Opaque() || c.Reference.Opaque() {
		// The embeddings were made elsewhere, or the encoder takes files. Nothing before the embedding is
		// known.
	} else if v.Pipe.Key() == c.Reference.Pipe.Key() {
		c.sameRows(s, v)
	} else if d := s.Pipes[v.Pipe.Key()]; d != nil {
		c.byteRows(s, v, store.StageDecode, &d.Decode)
		c.byteRows(s, v, store.StageResize, &d.Resize)
		if d.Normalise.Rows > 0 {
			c.driftRows(s, v, "image", store.StageNormalise, &d.Normalise)
		} else { // the values of tensors of two sizes do not correspond
			c.addDrift(s, v, "image", store.StageNormalise, "other_size", 1, d.Decode.Pictures)
		}
	}
	c.pair(s, v, "image", refImages, images)
	if !v.Info.ImageOnly && !c.Reference.Info.ImageOnly {
		c.pair(s, v, "text", refTexts, texts)
		if err := c.similarity(ctx, s, v); err != nil {
			return err
		}
	}
	return c.changes(ctx, s, v, at)
}

// alike tells whether two matrices have the same shape, so that their values correspond.
func alike(a, b encoders.Embeddings) bool { return a.N == b.N && a.Dim == b.Dim && a.N > 0 }

// pair compares embeddings, raw and as unit vectors. When their shapes differ, it records that.
func (c *comparing) pair(s *embed.Set, v *variants.Variant, modality string, a, b encoders.Embeddings) {
	if !alike(a, b) {
		c.addDrift(s, v, modality, store.StageEmbedding, "other_shape", 1, int64(b.N))
		return
	}
	c.embeddingDrift(s, v, modality, store.StageEmbedding, a, b)
	unit := &drift.Difference{}
	ua, ub := rank.NewRaw(a.Data, a.N, a.Dim), rank.NewRaw(b.Data, b.N, b.Dim)
	x, y := make([]float64, a.Dim), make([]float64, b.Dim)
	for i := range a.N {
		ua.Row(i, x)
		ub.Row(i, y)
		unit.Add64(y, x)
	}
	c.driftRows(s, v, modality, store.StageUnit, unit)
}

// similarity compares each text's similarities to all pictures.
func (c *comparing) similarity(ctx context.Context, s *embed.Set, v *variants.Variant) error {
	d, err := c.compareSimilarities(ctx, s, v)
	if err == nil {
		c.driftRows(s, v, "similarity", store.StageSimilarity, d)
	}
	return err
}

// compareSimilarities is similarities, or the result that an earlier run computed from the same
// embeddings.
func (c *comparing) compareSimilarities(ctx context.Context, s *embed.Set, v *variants.Variant) (*drift.Difference, error) {
	of := drift.Similarities{}
	of.RefTexts, of.RefImages = s.Raws(c.Reference)
	of.Texts, of.Images = s.Raws(v)
	both := spread.Compare(of, s.Contents(v), s.Contents(c.Reference), c.Suite, s.Spec.Name)
	d := &drift.Difference{}
	key, ok := c.Kept.Find(d.UnmarshalBinary, both.Parts...)
	if ok {
		return d, nil
	}
	if score.Pairs(s) >= cmp.Or(c.Pairs, spread.Pairs) && both.Ranges() > 0 {
		return both.ByRanges(ctx, c.Kept, c.Progress.Alive)
	}
	d, err := both.Difference(ctx)
	if err != nil {
		return nil, err
	}
	data, err := d.MarshalBinary()
	if err != nil {
		return nil, err
	}
	c.Kept.Put(key, data)
	return d, nil
}
