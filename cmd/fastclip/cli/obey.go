package cli

import (
	"context"
	"time"
)

// patience is how long a command may take to end after a signal. What it does not write whole, it
// does not write.
const patience = 5 * time.Second

// obey runs a command until it ends, or some time after a signal: not all of them look at ctx.
func obey(ctx context.Context, run func() error) error {
	done := make(chan error, 1)
	go func() { done <- run() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		if err != nil {
			return err
		}
	case <-time.After(patience):
	}
	return context.Cause(ctx) // also of one that has ended well: who stopped it does not count on that
}
