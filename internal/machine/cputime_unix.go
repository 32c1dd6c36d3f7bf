//go:build unix

package machine

import (
	"syscall"
	"time"
)

// CPUTime is the user and system time of this process and its finished children, over all threads.
func CPUTime() time.Duration {
	var total int64
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			total += u.Utime.Nano() + u.Stime.Nano()
		}
	}
	return time.Duration(total)
}
