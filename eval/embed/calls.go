package embed

import (
	"context"
	"runtime"
)

// CallLimit limits how many encoder calls run at once: as many as the machine has cores for, given the threads per
// call.
type CallLimit chan struct{}

// NewCallLimit makes the limit for calls of that many threads.
func NewCallLimit(threads int) CallLimit { return make(CallLimit, max(1, runtime.NumCPU()/threads)) }

// take waits for a free place. The caller frees it.
func (l CallLimit) take(ctx context.Context) error {
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Do does something else that takes as long as a call, in the place of one.
func (l CallLimit) Do(ctx context.Context, f func() error) error {
	if err := l.take(ctx); err != nil {
		return err
	}
	defer l.free()
	return f()
}

func (l CallLimit) free() { <-l }
