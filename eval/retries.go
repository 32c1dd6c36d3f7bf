package eval

import "sync"

// retries counts, by variant, the requests to its server that were sent again.
type retries struct {
	mu sync.Mutex
	n  map[string]int64
}

func (r *retries) add(variant string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n == nil {
		r.n = map[string]int64{}
	}
	r.n[variant]++
}

// of is a variant's, or that of the one whose encoder it shares; nil where no server is asked.
func (r *retries) of(v *variant) *int64 {
	if v.spec.Runtime != "oip" {
		return nil
	}
	name := v.spec.Name
	if v.in != nil {
		name = v.in.spec.Name
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.n[name]
	return &n
}
