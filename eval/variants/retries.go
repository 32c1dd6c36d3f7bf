package variants

import (
	"sync"

	"github.com/fastclip/fastclip/encoders"
)

// Retries counts, for each variant, the requests that had to be sent to its server again.
type Retries struct {
	mu sync.Mutex
	n  map[string]int64
}

// Add counts one more request.
func (r *Retries) Add(variant string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n == nil {
		r.n = map[string]int64{}
	}
	r.n[variant]++
}

// ServedModels names the models on a server when no folder does.
func ServedModels(sp encoders.Spec) string {
	if sp.Runtime != "oip" {
		return ""
	}
	return sp.Image + " + " + sp.Text
}

// Of is the count of a variant, or of the variant whose encoder it shares. It is nil without a server.
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
