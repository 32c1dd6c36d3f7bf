package eval

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
)

// floor is the reference run in another way that should not matter: what it differs by is the
// noise below which no variant's drift means anything.
type floor struct {
	name string // ends the stage column: "floor:batch1"
	as   *variant
}

// planFloors opens the reference a second time, as it is and with its items in another order,
// with batches of one, and with another number of threads.
func (r *run) planFloors(ctx context.Context) {
	if !r.ref.ok() || r.ref.enc == nil {
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
		own  bool // work of its own, though nothing that the cache knows of is another
	}{{"twice", r.ref.spec, true}, {"shuffled", r.ref.spec, true}, {"batch1", one, false}, {"threads", threads, false}} {
		if !way.own && way.spec.Batch == r.ref.spec.Batch && way.spec.Threads == r.ref.spec.Threads {
			continue
		}
		name := ""
		if way.own {
			name = floorName
		}
		v := r.opener.openAs(ctx, way.spec, r.suite.Context, name)
		if !v.ok() {
			r.progress.Say("noise floor %s of %s: %s", way.name, way.spec.Name, v.reason)
			continue
		}
		if way.own {
			v.imageKey, v.textKey = cache.Key(v.imageKey, floorName, way.name), cache.Key(v.textKey, floorName, way.name)
			v.shuffled = way.name == "shuffled"
		}
		r.floors = append(r.floors, floor{way.name, v})
	}
}

// floorName marks the encoder and the work of a second run of the reference.
const floorName = "floor"

// order is in which order a call's n items go to the encoder: as they are, or shuffled, the same
// way every time.
func (v *variant) order(n int) []int {
	if v.shuffled {
		return rand.New(rand.NewPCG(uint64(n), 1)).Perm(n)
	}
	return nil
}

// permuted is rows, of equal lengths, in an order; nil leaves them.
func permuted[T any](rows []T, order []int) []T {
	if len(order) == 0 {
		return rows
	}
	dim := len(rows) / len(order)
	out := make([]T, 0, len(rows))
	for _, at := range order {
		out = append(out, rows[at*dim:(at+1)*dim]...)
	}
	return out
}

// restored is rows as they were before permuted, in place.
func restored[T any](rows []T, order []int) {
	if len(order) == 0 {
		return
	}
	dim, was := len(rows)/len(order), slices.Clone(rows)
	for i, at := range order {
		copy(rows[at*dim:(at+1)*dim], was[i*dim:(i+1)*dim])
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
		stage := store.FloorPrefix + f.name
		for _, m := range []struct {
			modality string
			ref, as  encoders.Embeddings
		}{{"image", s.imageEmb[r.ref.imageKey], s.imageEmb[f.as.imageKey]}, {"text", s.textEmb[r.ref.textKey], s.textEmb[f.as.textKey]}} {
			if alike(m.ref, m.as) {
				r.embeddingDrift(s, r.ref, m.modality, stage, m.ref, m.as)
			}
		}
	}
}

func (r *run) embeddingDrift(s *set, v *variant, modality, stage string, a, b encoders.Embeddings) {
	d := &difference{}
	d.add(b.Data, a.Data, a.Dim)
	r.driftRows(s, v, modality, stage, d)
}
