package compare

import (
	"math"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/procrustes"
	"github.com/fastclip/fastclip/metrics/rank"
)

// rotated is how far a variant's images and texts on a dataset are from BASE's after a rotation. One
// rotation of all of HEAD's embeddings brings them nearest to BASE's; the result is nil where none helps.
// A new export may rotate the space, and that changes no similarity.
func (c *comparer) rotated(variant, dataset string) map[string]*moves {
	key := [2]string{variant, dataset}
	if out, ok := c.rotations[key]; ok {
		return out
	}
	c.rotations[key] = nil
	towers := map[string]procrustes.Tower{}
	ids := map[string][]string{}
	var list []procrustes.Tower
	for _, modality := range []string{"image", "text"} {
		base, err := c.base.Embeddings(variant, dataset, modality)
		if err != nil || len(base) == 0 {
			continue
		}
		head, err := c.head.Embeddings(variant, dataset, modality)
		if err != nil {
			return nil
		}
		var t procrustes.Tower
		if t, ids[modality] = pairedUnits(base, head); t.Ref.N == 0 || t.Ref.Dim > procrustes.Dims || !t.Ref.Finite() || !t.Own.Finite() {
			return nil
		}
		towers[modality], list = t, append(list, t)
	}
	if len(list) == 0 || len(list) == 2 && list[0].Ref.Dim != list[1].Ref.Dim {
		return nil
	}
	r, slack := procrustes.Find(list...)
	if r == nil {
		return nil
	}
	out := map[string]*moves{}
	for modality, t := range towers {
		out[modality] = rotatedMoves(ids[modality], t, *r, slack)
	}
	c.rotations[key] = out
	return out
}

// pairedUnits are the unit vectors of two tables, in the order of the first table's ids.
func pairedUnits(base, head []store.Embedding) (t procrustes.Tower, ids []string) {
	at := make(map[string][]float32, len(head))
	for _, e := range head {
		at[e.ID] = e.Embedding
	}
	var was, now []float32
	dim := len(base[0].Embedding)
	for _, b := range base {
		h, ok := at[b.ID]
		if !ok || len(h) != dim || len(b.Embedding) != dim {
			return procrustes.Tower{}, nil
		}
		was, now, ids = append(was, b.Embedding...), append(now, h...), append(ids, b.ID)
	}
	return procrustes.Tower{Ref: rank.Normalise(was, len(ids), dim), Own: rank.Normalise(now, len(ids), dim)}, ids
}

// rotatedMoves are the moves of a tower after the rotation of its own rows.
func rotatedMoves(ids []string, t procrustes.Tower, r rank.Unit, slack float64) *moves {
	m := &moves{by: make(map[string]float64, len(ids)), slack: slack}
	dim := t.Ref.Dim
	diffs := make([]float64, len(t.Own.Data))
	row := make([]float64, dim)
	for i, id := range ids {
		t.Own.Dot(i, r, row)
		sum := 0.0
		for k, v := range row {
			d := v - t.Ref.Data[i*dim+k]
			diffs[i*dim+k] = d
			sum += d * d
		}
		m.by[id] = math.Sqrt(sum) + rounding
	}
	var was, diff center
	for _, pass := range []func(*center, []float64){(*center).add, (*center).reach} {
		for i := range ids {
			pass(&was, t.Ref.Data[i*dim:(i+1)*dim])
			pass(&diff, diffs[i*dim:(i+1)*dim])
		}
	}
	m.spread, m.apart = was.far+rounding, diff.far+rounding
	return m
}
