package eval

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
	"github.com/fastclip/fastclip/metrics/stats"
)

// difference is how far the rows of two equally shaped matrices are from each other.
type difference struct {
	abs              stats.AbsDiff
	cosMin, cosTotal float64
	rows             int64
}

// add compares rows of dim values.
func (d *difference) add(a, b []float32, dim int) {
	d.abs.Add(a, b)
	for at := 0; at+dim <= len(a); at += dim {
		var ab, aa, bb float64
		for i := at; i < at+dim; i++ {
			x, y := float64(a[i]), float64(b[i])
			ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
		}
		d.cosine(ab, aa, bb)
	}
}

// add64 compares two rows in double precision: differences below float32's resolution count.
func (d *difference) add64(a, b []float64) {
	diff, zero := make([]float32, len(a)), make([]float32, len(a))
	var ab, aa, bb float64
	for i, x := range a {
		diff[i] = float32(x - b[i])
		ab, aa, bb = ab+x*b[i], aa+x*x, bb+b[i]*b[i]
	}
	d.abs.Add(diff, zero)
	d.cosine(ab, aa, bb)
}

func (d *difference) cosine(ab, aa, bb float64) {
	cos := 1.0 // of two zero vectors
	if aa != 0 || bb != 0 {
		cos = 0
	}
	if aa != 0 && bb != 0 {
		cos = ab / math.Sqrt(aa*bb)
	}
	if d.rows == 0 || cos < d.cosMin || math.IsNaN(cos) {
		d.cosMin = cos
	}
	d.cosTotal += cos
	d.rows++
}

func (d *difference) merge(o *difference) {
	d.abs.Merge(&o.abs)
	if d.rows == 0 || o.rows > 0 && (o.cosMin < d.cosMin || math.IsNaN(o.cosMin)) {
		d.cosMin = o.cosMin
	}
	d.cosTotal += o.cosTotal
	d.rows += o.rows
}

func (d *difference) MarshalBinary() ([]byte, error) {
	head := binary.LittleEndian.AppendUint64(nil, math.Float64bits(d.cosMin))
	head = binary.LittleEndian.AppendUint64(head, math.Float64bits(d.cosTotal))
	head = binary.LittleEndian.AppendUint64(head, uint64(d.rows))
	abs, err := d.abs.MarshalBinary()
	return append(head, abs...), err
}

func (d *difference) UnmarshalBinary(data []byte) error {
	if len(data) < 24 {
		return errors.New("difference is too short")
	}
	d.cosMin = math.Float64frombits(binary.LittleEndian.Uint64(data))
	d.cosTotal = math.Float64frombits(binary.LittleEndian.Uint64(data[8:]))
	d.rows = int64(binary.LittleEndian.Uint64(data[16:]))
	return d.abs.UnmarshalBinary(data[24:])
}

// drift compares every variant with the reference at every checkpoint.
func (r *run) drift(ctx context.Context) error {
	r.progress.Phase("comparing with "+r.suite.Reference, len(r.sets)*len(r.variants))
	if !r.ref.ok() {
		return nil // scores stand; drift has nothing to be measured from
	}
	for _, s := range r.sets {
		if len(s.good) == 0 {
			continue
		}
		r.floorRows(s)
		for i, v := range r.variants {
			if v == r.ref || !v.ok() {
				continue
			}
			if err := r.driftOf(ctx, s, v, i); err != nil {
				return err
			}
			r.progress.Add(1)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}

func (r *run) driftOf(ctx context.Context, s *set, v *variant, at int) error {
	refImages, refTexts := s.imageEmb[r.ref.imageKey], s.textEmb[r.ref.textKey]
	images, texts := s.imageEmb[v.imageKey], s.textEmb[v.textKey]
	if v.opaque() || r.ref.opaque() {
		// Made elsewhere, or by an encoder that takes files: nothing before the embedding is known.
	} else if v.pipe.Key() == r.ref.pipe.Key() {
		r.sameRows(s, v)
	} else if d := s.pipes[v.pipe.Key()]; d != nil {
		r.byteRows(s, v, store.StageDecode, &d.decode)
		r.byteRows(s, v, store.StageResize, &d.resize)
		if d.normalise.rows > 0 {
			r.driftRows(s, v, "image", store.StageNormalise, &d.normalise)
		} else { // tensors of two sizes: no value of one has its own in the other
			r.addDrift(s, v, "image", store.StageNormalise, "other_size", 1, d.decode.pictures)
		}
	}
	r.pair(s, v, "image", refImages, images)
	r.pair(s, v, "text", refTexts, texts)
	if err := r.similarity(ctx, s, v); err != nil {
		return err
	}
	return r.changes(ctx, s, v, at)
}

// alike tells whether two matrices have one shape, so that each value of one has its own in the other.
func alike(a, b encoders.Embeddings) bool { return a.N == b.N && a.Dim == b.Dim && a.N > 0 }

// pair compares embeddings, raw and as unit vectors. Of other shapes it says that they are.
func (r *run) pair(s *set, v *variant, modality string, a, b encoders.Embeddings) {
	if !alike(a, b) {
		r.addDrift(s, v, modality, store.StageEmbedding, "other_shape", 1, int64(b.N))
		return
	}
	r.embeddingDrift(s, v, modality, store.StageEmbedding, a, b)
	unit := &difference{}
	ua, ub := rank.NewRaw(a.Data, a.N, a.Dim), rank.NewRaw(b.Data, b.N, b.Dim)
	x, y := make([]float64, a.Dim), make([]float64, b.Dim)
	for i := range a.N {
		ua.Row(i, x)
		ub.Row(i, y)
		unit.add64(y, x)
	}
	r.driftRows(s, v, modality, store.StageUnit, unit)
}

func (s *set) units(v *variant) (texts, images rank.Unit) {
	tx, im := s.raws(v)
	return tx.Unit(), im.Unit()
}

func (s *set) raws(v *variant) (texts, images rank.Raw) {
	im, tx := s.imageEmb[v.imageKey], s.textEmb[v.textKey]
	return rank.NewRaw(tx.Data, tx.N, tx.Dim), rank.NewRaw(im.Data, im.N, im.Dim)
}

// changes is, for each direction, the share of queries whose first item is another than the
// reference's, and the flip budget at each K.
func (r *run) changes(ctx context.Context, s *set, v *variant, at int) error {
	ref := s.found[r.refIndex()]
	for i, f := range s.found[at] {
		changed := 0
		for q, o := range f.outcomes {
			if o.Top[0] != ref[i].outcomes[q].Top[0] {
				changed++
			}
		}
		stage, n := rankStage(f.search.direction), len(f.outcomes)
		r.addDrift(s, v, "similarity", stage, "top1_changed", float64(changed)/float64(n), int64(n))
		if !alike(s.textEmb[v.textKey], s.textEmb[r.ref.textKey]) || !alike(s.imageEmb[v.imageKey], s.imageEmb[r.ref.imageKey]) {
			continue
		}
		cuts := rank.MarginCuts[:]
		budgets, err := r.budgetsOf(s, v, f, cuts, func() ([]budget, error) { return r.flips(ctx, s, v, ref[i], cuts) })
		if err != nil {
			return err
		}
		for k, b := range budgets {
			r.budgetRows(s, v, stage, cuts[k], b)
			f.certain[fmt.Sprintf("R@%d", cuts[k])] = b.verdicts // which its query rows tell
		}
	}
	return nil
}

// flips are the flip budgets of a variant in the direction of what the reference found.
func (r *run) flips(ctx context.Context, s *set, v *variant, ref found, cuts []int) ([]budget, error) {
	refTexts, refImages := s.units(r.ref)
	texts, images := s.raws(v)
	switch ref.search.direction {
	case store.TextToImage:
		return flipBudget(ctx, ref, refTexts, refImages, texts, images, cuts)
	case store.ImageToText:
		return flipBudget(ctx, ref, refImages, refTexts, images, texts, cuts)
	}
	return flipBudget(ctx, ref, refImages, refImages, images, images, cuts)
}

// rankStage is the stage of a direction's outcomes: that of text queries is the ladder's last.
func rankStage(direction string) string {
	if direction == store.TextToImage {
		return store.StageRank
	}
	return store.StageRank + ":" + direction
}

// budgetRows writes a budget; "certain" alone is of R@1.
func (r *run) budgetRows(s *set, v *variant, stage string, k int, b budget) {
	certain, n := "certain", int64(len(b.verdicts))
	if k > 1 {
		certain = fmt.Sprintf("certain_r%d", k)
	}
	r.addDrift(s, v, "similarity", stage, certain, b.certain(), n)
	r.addDrift(s, v, "similarity", stage, fmt.Sprintf("r%d_low", k), b.low(), n)
	r.addDrift(s, v, "similarity", stage, fmt.Sprintf("r%d_high", k), b.high(), n)
}

func (r *run) driftRows(s *set, v *variant, modality, stage string, d *difference) {
	mean, largest, p99, n := d.abs.Result()
	r.addDrift(s, v, modality, stage, "mean_abs", mean, n)
	r.addDrift(s, v, modality, stage, "max_abs", largest, n)
	r.addDrift(s, v, modality, stage, "p99_abs", p99, n)
	r.addDrift(s, v, modality, stage, "cosine_min", d.cosMin, d.rows)
	r.addDrift(s, v, modality, stage, "cosine_mean", d.cosTotal/float64(d.rows), d.rows)
}

func (r *run) addDrift(s *set, v *variant, modality, stage, stat string, value float64, n int64) {
	r.rows.Drift = append(r.rows.Drift, store.Drift{
		RunID: r.id, Dataset: s.spec.Name, Variant: v.spec.Name, Reference: r.suite.Reference, Modality: modality, Stage: stage, Stat: stat, Value: value, N: n,
	})
}

// refIndex is the reference's place in the suite.
func (r *run) refIndex() int {
	for i, v := range r.variants {
		if v == r.ref {
			return i
		}
	}
	return -1
}
