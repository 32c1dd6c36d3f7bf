//go:build unix

package machine

import (
	"syscall"
	"time"
)

// CPUTime is the time that this process and its finished children have used, in user and system mode, on all
// threads.
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
