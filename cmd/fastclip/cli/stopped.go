package cli

import (
	"context"
	"errors"
	"syscall"
)

// stopped is the cause of a context that a signal ended.
type stopped struct{ signal syscall.Signal }

// StoppedBy is the cause of a context that a signal has ended.
func StoppedBy(s syscall.Signal) error { return stopped{s} }

func (s stopped) Error() string { return "stopped by " + s.signal.String() }

// SignalOf is the number of the signal that ended a context; if none is known, that of Ctrl-C.
func SignalOf(ctx context.Context) int {
	var s stopped
	if errors.As(context.Cause(ctx), &s) {
		return int(s.signal)
	}
	return int(syscall.SIGINT)
}
