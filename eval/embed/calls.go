package embed

import (
	"context"
	"runtime"
)

// CallLimit is how many calls of encoders run at once: as many as the machine has cores for, by the
// threads of a call.
type CallLimit chan struct{}

// NewCallLimit is for calls of so many threads each.
func NewCallLimit(threads int) CallLimit { return make(CallLimit, max(1, runtime.NumCPU()/threads)) }

// take waits for its turn; the caller frees it.
func (l CallLimit) take(ctx context.Context) error {
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l CallLimit) free() { <-l }
