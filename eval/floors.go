package eval

import (
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
)

// withFloors is everything that embeds texts, with the noise floors.
func (r *run) withFloors() []*variants.Variant {
	all := append([]*variants.Variant(nil), r.variants...)
	for _, f := range r.floors {
		all = append(all, f.As)
	}
	return all
}

// noFloor is the reason why the reference's differences from itself are no noise floor, or nil.
func (r *run) noFloor() *string {
	if !r.uneven[r.ref] {
		return nil
	}
	why := "this reference's embeddings depend on the batch"
	return &why
}

// floorRows writes the noise floor at the embedding, as drift of the reference from itself.
func (r *run) floorRows(s *embed.Set) {
	if r.noFloor() != nil {
		return // such a floor would excuse any drift
	}
	for _, f := range r.floors {
		if !f.As.OK() {
			continue
		}
		stage := store.FloorPrefix + f.Name
		for _, m := range []struct {
			modality string
			ref, as  encoders.Embeddings
		}{{"image", s.ImageEmb[r.ref.ImageKey], s.ImageEmb[f.As.ImageKey]}, {"text", s.TextEmb[r.ref.TextKey], s.TextEmb[f.As.TextKey]}} {
			if alike(m.ref, m.as) {
				r.embeddingDrift(s, r.ref, m.modality, stage, m.ref, m.as)
			} else if d, mean, ok := r.sampler.Floor(s, f, m.modality); ok {
				from := len(r.rows.Drift)
				r.driftRows(s, r.ref, m.modality, stage, d)
				r.sampledRows(r.rows.Drift[from:], mean)
			}
		}
	}
}

func (r *run) embeddingDrift(s *embed.Set, v *variants.Variant, modality, stage string, a, b encoders.Embeddings) {
	d := &drift.Difference{}
	d.Add(b.Data, a.Data, a.Dim)
	r.driftRows(s, v, modality, stage, d)
}
