package machine

import (
	"runtime"
	"syscall"
	"time"
)

// rusageThread is RUSAGE_THREAD, which the package syscall does not name.
const rusageThread = 1

// ThreadTime is what do has used of the processor on the thread that called it, which other programs do not
// lengthen as they do the clock's time.
func ThreadTime(do func() error) (time.Duration, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := threadTime()
	err := do()
	return threadTime() - before, err
}

func threadTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(rusageThread, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
