//go:build unix

// Package filelock waits for a file that other programs lock too, with flock(2), as Python's filelock does.
package filelock

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// Wait locks f until it is closed, at the latest when this process ends. It waits for the current owner
// and calls busy, which may be nil, once before that.
func Wait(ctx context.Context, f *os.File, busy func()) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		if busy != nil {
			busy()
			busy = nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
