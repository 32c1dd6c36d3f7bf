package cli

import (
	"context"
	"errors"
	"syscall"
)

// stopped is the cause of a context that ended because of a signal.
type stopped struct{ signal syscall.Signal }

// StoppedBy returns the cause for a context that ends because of a signal.
func StoppedBy(s syscall.Signal) error { return stopped{s} }

func (s stopped) Error() string { return "stopped by " + s.signal.String() }

// SignalOf returns the number of the signal that ended a context, or Ctrl-C's if it is unknown.
func SignalOf(ctx context.Context) int {
	var s stopped
	if errors.As(context.Cause(ctx), &s) {
		return int(s.signal)
	}
	return int(syscall.SIGINT)
}
