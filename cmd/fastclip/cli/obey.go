package cli

import (
	"context"
	"time"
)

// patience is how long a command may take to end after a signal. Files that it has not completed by then are not written.
const patience = 5 * time.Second

// obey runs a command until it ends, or until some time after a signal, because not all commands look at ctx.
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
	return context.Cause(ctx) // even if the command succeeded: whoever stopped it does not expect success
}
