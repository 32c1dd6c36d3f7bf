package variants

import (
	"sync"

	"github.com/fastclip/fastclip/encoders"
)

// Retries counts, by variant, the requests to its server that were sent again.
type Retries struct {
	mu sync.Mutex
	n  map[string]int64
}

// Add counts one more.
func (r *Retries) Add(variant string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n == nil {
		r.n = map[string]int64{}
	}
	r.n[variant]++
}

// ServedModels names what a server runs, where no folder does.
func ServedModels(sp encoders.Spec) string {
	if sp.Runtime != "oip" {
		return ""
	}
	return sp.Image + " + " + sp.Text
}

// Of is a variant's, or that of the one whose encoder it shares; nil where no server is asked.
func (r *Retries) Of(v *Variant) *int64 {
	if v.Spec.Runtime != "oip" {
		return nil
	}
	name := v.Spec.Name
	if v.Lazy != nil {
		name = v.Lazy.Spec.Name
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.n[name]
	return &n
}
