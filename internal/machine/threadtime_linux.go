package machine

import (
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// ThreadTime is the processor time that do uses on the calling thread. Other programs do not lengthen it
// as they lengthen clock time. It is exact, while getrusage's time for a thread advances only with the
// kernel's ticks, milliseconds at a time.
func ThreadTime(do func() error) (time.Duration, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := threadTime()
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := threadTime()
	return after - before, err
}

func threadTime() (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0, fmt.Errorf("processor time of a thread: %w", err)
	}
	return time.Duration(t.Nano()), nil
}
