package eval

import (
	"context"
	"fmt"
	"sync"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
)

// drift compares every variant with the reference at every checkpoint.
func (r *run) drift(ctx context.Context) error {
	r.progress.Phase("comparing with "+r.suite.Reference, len(r.sets)*len(r.variants))
	if !r.ref.OK() {
		return nil // scores stand, but drift has no reference to be measured from
	}
	for _, s := range r.sets {
		if len(s.Good) == 0 {
			continue
		}
		r.floorRows(s)
		for i, v := range r.variants {
			if v == r.ref || !v.OK() {
				continue
			}
			r.progress.On(v.Spec.Name)
			if err := r.driftOf(ctx, s, v, i); err != nil {
				return err
			}
			s.Rest()
			r.progress.Add(1)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}

func (r *run) driftOf(ctx context.Context, s *embed.Set, v *variants.Variant, at int) error {
	refImages, refTexts := s.ImageEmb[r.ref.ImageKey], s.TextEmb[r.ref.TextKey]
	images, texts := s.ImageEmb[v.ImageKey], s.TextEmb[v.TextKey]
	if v.Opaque() || r.ref.Opaque() {
		// The embeddings were made elsewhere, or the encoder takes files. Nothing before the embedding is
		// known.
	} else if v.Pipe.Key() == r.ref.Pipe.Key() {
		r.sameRows(s, v)
	} else if d := s.Pipes[v.Pipe.Key()]; d != nil {
		r.byteRows(s, v, store.StageDecode, &d.Decode)
		r.byteRows(s, v, store.StageResize, &d.Resize)
		if d.Normalise.Rows > 0 {
			r.driftRows(s, v, "image", store.StageNormalise, &d.Normalise)
		} else { // the values of tensors of two sizes do not correspond
			r.addDrift(s, v, "image", store.StageNormalise, "other_size", 1, d.Decode.Pictures)
		}
	}
	r.pair(s, v, "image", refImages, images)
	if !v.Info.ImageOnly && !r.ref.Info.ImageOnly {
		r.pair(s, v, "text", refTexts, texts)
		if err := r.similarity(ctx, s, v); err != nil {
			return err
		}
	}
	return r.changes(ctx, s, v, at)
}

// alike tells whether two matrices have the same shape, so that their values correspond.
func alike(a, b encoders.Embeddings) bool { return a.N == b.N && a.Dim == b.Dim && a.N > 0 }

// pair compares embeddings, raw and as unit vectors. When their shapes differ, it records that.
func (r *run) pair(s *embed.Set, v *variants.Variant, modality string, a, b encoders.Embeddings) {
	if !alike(a, b) {
		r.addDrift(s, v, modality, store.StageEmbedding, "other_shape", 1, int64(b.N))
		return
	}
	r.embeddingDrift(s, v, modality, store.StageEmbedding, a, b)
	unit := &drift.Difference{}
	ua, ub := rank.NewRaw(a.Data, a.N, a.Dim), rank.NewRaw(b.Data, b.N, b.Dim)
	x, y := make([]float64, a.Dim), make([]float64, b.Dim)
	for i := range a.N {
		ua.Row(i, x)
		ub.Row(i, y)
		unit.Add64(y, x)
	}
	r.driftRows(s, v, modality, store.StageUnit, unit)
}

// changes computes two things for each direction: the share of queries whose first item differs from the
// reference's, and the flip budget at each K.
func (r *run) changes(ctx context.Context, s *embed.Set, v *variants.Variant, at int) error {
	turn := sync.OnceValues(func() (*rank.Unit, float64) {
		refTexts, refImages := s.Units(r.ref)
		texts, images := s.Raws(v)
		return drift.SharedTurn(refImages, refTexts, images, texts)
	})
	for _, f := range r.found[s][at] {
		ref, ok := score.InDirection(r.found[s][r.refIndex()], f.Search.Direction)
		if !ok {
			continue
		}
		changed := 0
		for q, o := range f.Outcomes {
			if o.Top[0] != ref.Outcomes[q].Top[0] {
				changed++
			}
		}
		stage, n := rankStage(f.Search.Direction), len(f.Outcomes)
		r.addDrift(s, v, "similarity", stage, "top1_changed", float64(changed)/float64(n), int64(n))
		texts := f.Search.Direction == store.ImageToImage || alike(s.TextEmb[v.TextKey], s.TextEmb[r.ref.TextKey])
		if !texts || !alike(s.ImageEmb[v.ImageKey], s.ImageEmb[r.ref.ImageKey]) {
			continue
		}
		cuts := rank.MarginCuts[:]
		budgets, err := r.budgetsOf(s, v, f, cuts, func() ([]drift.Budget, error) { return r.flips(ctx, s, v, ref, cuts, turn) })
		if err != nil {
			return err
		}
		for k, b := range budgets {
			r.budgetRows(s, v, stage, cuts[k], b)
			f.Certain[fmt.Sprintf("R@%d", cuts[k])] = b // the query rows show it
		}
	}
	return nil
}

// flips computes the flip budgets of a variant in the direction of the reference's outcomes.
func (r *run) flips(ctx context.Context, s *embed.Set, v *variants.Variant, ref score.Found, cuts []int, turn drift.Rotation) ([]drift.Budget, error) {
	refTexts, refImages := s.Units(r.ref)
	texts, images := s.Raws(v)
	of := drift.Retrieval{Counted: ref.Search.Counted, Relevant: ref.Search.Relevant, Self: ref.Search.Self, Outcomes: ref.Outcomes}
	switch ref.Search.Direction {
	case store.TextToImage:
		return drift.FlipBudget(ctx, of, refTexts, refImages, texts, images, cuts, turn)
	case store.ImageToText:
		return drift.FlipBudget(ctx, of, refImages, refTexts, images, texts, cuts, turn)
	}
	return drift.FlipBudget(ctx, of, refImages, refImages, images, images, cuts, nil)
}

// rankStage is the stage of a direction's outcomes. For text queries it is the last stage of the ladder.
func rankStage(direction string) string {
	if direction == store.TextToImage {
		return store.StageRank
	}
	return store.StageRank + ":" + direction
}

// budgetRows writes a budget. The plain name "certain" is for R@1.
func (r *run) budgetRows(s *embed.Set, v *variants.Variant, stage string, k int, b drift.Budget) {
	certain, n := "certain", int64(len(b.Verdicts))
	if k > 1 {
		certain = fmt.Sprintf("certain_r%d", k)
	}
	r.addDrift(s, v, "similarity", stage, certain, b.Certain(), n)
	for _, by := range append(drift.Certificates, drift.Stopped) {
		name := "certain_by_" + by.String()
		if by == drift.Stopped {
			name = "stopped"
		}
		if k > 1 {
			name += fmt.Sprintf("_r%d", k)
		}
		r.addDrift(s, v, "similarity", stage, name, b.Share(by), n)
	}
	r.addDrift(s, v, "similarity", stage, fmt.Sprintf("r%d_low", k), b.Low(), n)
	r.addDrift(s, v, "similarity", stage, fmt.Sprintf("r%d_high", k), b.High(), n)
}

func (r *run) driftRows(s *embed.Set, v *variants.Variant, modality, stage string, d *drift.Difference) {
	mean, largest, p99, n := d.Abs.Result()
	r.addDrift(s, v, modality, stage, "mean_abs", mean, n)
	r.addDrift(s, v, modality, stage, "max_abs", largest, n)
	r.addDrift(s, v, modality, stage, "p99_abs", p99, n)
	r.addDrift(s, v, modality, stage, "cosine_min", d.CosMin, d.Rows)
	r.addDrift(s, v, modality, stage, "cosine_mean", d.CosTotal/float64(d.Rows), d.Rows)
}

func (r *run) addDrift(s *embed.Set, v *variants.Variant, modality, stage, stat string, value float64, n int64) {
	r.rows.Drift = append(r.rows.Drift, store.Drift{
		RunID: r.id, Dataset: s.Spec.Name, Variant: v.Spec.Name, Reference: r.suite.Reference, Modality: modality, Stage: stage, Stat: stat, Value: value, N: n,
	})
}

// refIndex is the position of the reference in the suite.
func (r *run) refIndex() int {
	for i, v := range r.variants {
		if v == r.ref {
			return i
		}
	}
	return -1
}

// byteRows writes a checkpoint of 8-bit samples.
func (r *run) byteRows(s *embed.Set, v *variants.Variant, stage string, d *drift.ByteDiff) {
	mean, largest, p99, n := d.Result()
	if n > 0 {
		r.addDrift(s, v, "image", stage, "mean_abs", mean, n)
		r.addDrift(s, v, "image", stage, "max_abs", largest, n)
		r.addDrift(s, v, "image", stage, "p99_abs", p99, n)
	}
	r.addDrift(s, v, "image", stage, "other_size", float64(d.Other)/float64(d.Pictures), d.Pictures)
}

// sameRows writes the checkpoints before the model, for a variant with the reference's pipeline.
func (r *run) sameRows(s *embed.Set, v *variants.Variant) {
	n := int64(len(s.Good))
	for _, stage := range []string{store.StageDecode, store.StageResize} {
		for _, stat := range []string{"mean_abs", "max_abs", "p99_abs", "other_size"} {
			r.addDrift(s, v, "image", stage, stat, 0, n)
		}
	}
	for _, stat := range []string{"mean_abs", "max_abs", "p99_abs"} {
		r.addDrift(s, v, "image", store.StageNormalise, stat, 0, n*int64(v.Pipe.Len()))
	}
	r.addDrift(s, v, "image", store.StageNormalise, "cosine_min", 1, n)
	r.addDrift(s, v, "image", store.StageNormalise, "cosine_mean", 1, n)
}

// similarity compares each text's similarities to all pictures.
func (r *run) similarity(ctx context.Context, s *embed.Set, v *variants.Variant) error {
	d, err := r.compareSimilarities(ctx, s, v)
	if err == nil {
		r.driftRows(s, v, "similarity", store.StageSimilarity, d)
	}
	return err
}
