package eval

import (
	"context"
	"runtime"
)

// slots are how many calls of encoders run at once: as many as the machine has cores for, by the
// threads of a call.
type slots chan struct{}

func (r *run) newSlots() slots { return make(slots, max(1, runtime.NumCPU()/r.threads())) }

// take waits for a slot; the caller frees it.
func (s slots) take(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slots) free() { <-s }
