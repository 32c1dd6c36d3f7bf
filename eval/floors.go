package eval

import (
	"context"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
)

// floor is the reference run in another way that should not matter: what it differs by is the
// noise below which no variant's drift means anything.
type floor struct {
	name string // ends the stage column: "floor:batch1"
	as   *variants.Variant
}

// planFloors opens the reference a second time, as it is and with its items in another order,
// with batches of one, and with another number of threads.
func (r *run) planFloors(ctx context.Context) {
	if !r.ref.OK() || r.ref.Enc == nil {
		return
	}
	r.progress.On(r.ref.Spec.Name)
	one, threads := r.ref.Spec, r.ref.Spec
	one.Batch = 1
	if threads.Threads++; threads.Threads > r.host.Cores {
		threads.Threads = 1
	}
	for _, way := range []struct {
		name string
		spec encoders.Spec
		own  bool // work of its own, though nothing that the cache knows of is another
	}{{"twice", r.ref.Spec, true}, {"shuffled", r.ref.Spec, true}, {"batch1", one, false}, {"threads", threads, false}} {
		if !way.own && way.spec.Batch == r.ref.Spec.Batch && way.spec.Threads == r.ref.Spec.Threads {
			continue
		}
		name := ""
		if way.own {
			name = floorName
		}
		v := r.opener.OpenAs(ctx, way.spec, r.suite.Context, name)
		if !v.OK() {
			r.progress.Say("noise floor %s of %s: %s", way.name, way.spec.Name, v.Reason)
			continue
		}
		if way.own {
			v.ImageKey, v.TextKey = cache.Key(v.ImageKey, floorName, way.name), cache.Key(v.TextKey, floorName, way.name)
			v.Shuffled = way.name == "shuffled"
		}
		r.floors = append(r.floors, floor{way.name, v})
	}
}

// floorName marks the encoder and the work of a second run of the reference.
const floorName = "floor"

// withFloors is everything that embeds texts.
func (r *run) withFloors() []*variants.Variant {
	all := append([]*variants.Variant(nil), r.variants...)
	for _, f := range r.floors {
		all = append(all, f.as)
	}
	return all
}

// floorRows writes the noise floor at the embedding, as drift of the reference from itself.
func (r *run) floorRows(s *embed.Set) {
	if r.uneven[r.ref] {
		return // what such a reference differs from itself by excuses nobody's drift
	}
	for _, f := range r.floors {
		if !f.as.OK() {
			continue
		}
		stage := store.FloorPrefix + f.name
		for _, m := range []struct {
			modality string
			ref, as  encoders.Embeddings
		}{{"image", s.ImageEmb[r.ref.ImageKey], s.ImageEmb[f.as.ImageKey]}, {"text", s.TextEmb[r.ref.TextKey], s.TextEmb[f.as.TextKey]}} {
			if alike(m.ref, m.as) {
				r.embeddingDrift(s, r.ref, m.modality, stage, m.ref, m.as)
			}
		}
	}
}

func (r *run) embeddingDrift(s *embed.Set, v *variants.Variant, modality, stage string, a, b encoders.Embeddings) {
	d := &drift.Difference{}
	d.Add(b.Data, a.Data, a.Dim)
	r.driftRows(s, v, modality, stage, d)
}
