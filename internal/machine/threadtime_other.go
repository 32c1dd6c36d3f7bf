//go:build !linux

package machine

import "time"

// ThreadTime measures wall time, because this system does not report the time of a thread.
func ThreadTime(do func() error) (time.Duration, error) {
	start := time.Now()
	err := do()
	return time.Since(start), err
}
