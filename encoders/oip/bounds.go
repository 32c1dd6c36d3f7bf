package oip

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Bounds are deadlines for a server that fastclip did not start and so cannot stop. They bound how long we wait.
type Bounds struct {
	call time.Duration // of one call: deadline no_progress
	end  time.Time     // of all calls: deadline wall; zero means none
}

// NewBounds starts the clock now. A wall of 0 means no limit.
func NewBounds(call, wall time.Duration) Bounds {
	b := Bounds{call: call}
	if wall > 0 {
		b.end = time.Now().Add(wall)
	}
	return b
}

// Within returns the context of a call, and a function that tells which deadline the call has missed.
func (b Bounds) Within(ctx context.Context) (context.Context, func(error) error) {
	why := fmt.Errorf("no answer within %s (deadline no_progress): %w", b.call, context.DeadlineExceeded)
	until := time.Now().Add(b.call)
	if !b.end.IsZero() && b.end.Before(until) {
		why, until = fmt.Errorf("the time for all calls to the server is used up (deadline wall): %w", context.DeadlineExceeded), b.end
	}
	watched, cancel := context.WithDeadlineCause(ctx, until, why)
	return watched, func(err error) error {
		defer cancel()
		if err != nil && errors.Is(context.Cause(watched), why) {
			return fmt.Errorf("%w: %w", why, err)
		}
		return err
	}
}
