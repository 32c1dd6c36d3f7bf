package eval

import (
	"context"
	"runtime"

	"github.com/fastclip/fastclip/encoders"
)

// floor is the reference run in another way that should not matter: what it differs by is the
// noise below which no variant's drift means anything.
type floor struct {
	name string // ends the stage column: "floor:batch1"
	as   *variant
}

// planFloors opens the reference with batches of one, and with another number of threads.
func (r *run) planFloors(ctx context.Context) {
	if !r.ref.ok() {
		return
	}
	one, threads := r.ref.spec, r.ref.spec
	one.Batch = 1
	if threads.Threads++; threads.Threads > runtime.NumCPU() {
		threads.Threads = 1
	}
	for _, way := range []struct {
		name string
		spec encoders.Spec
	}{{"batch1", one}, {"threads", threads}} {
		if way.spec.Batch == r.ref.spec.Batch && way.spec.Threads == r.ref.spec.Threads {
			continue
		}
		v := r.opener.open(ctx, way.spec, r.suite.Context)
		if !v.ok() {
			r.progress.say("noise floor %s of %s: %s", way.name, way.spec.Name, v.reason)
			continue
		}
		r.floors = append(r.floors, floor{way.name, v})
	}
}

// withFloors is everything that embeds texts.
func (r *run) withFloors() []*variant {
	all := append([]*variant(nil), r.variants...)
	for _, f := range r.floors {
		all = append(all, f.as)
	}
	return all
}

// floorRows writes the noise floor at the embedding, as drift of the reference from itself.
func (r *run) floorRows(s *set) {
	for _, f := range r.floors {
		if !f.as.ok() {
			continue
		}
		stage := "floor:" + f.name
		r.embeddingDrift(s, r.ref, "image", stage, s.imageEmb[r.ref.imageKey], s.imageEmb[f.as.imageKey])
		r.embeddingDrift(s, r.ref, "text", stage, s.textEmb[r.ref.textKey], s.textEmb[f.as.textKey])
	}
}

func (r *run) embeddingDrift(s *set, v *variant, modality, stage string, a, b encoders.Embeddings) {
	d := &difference{}
	d.add(b.Data, a.Data, a.Dim)
	r.driftRows(s, v, modality, stage, d)
}
