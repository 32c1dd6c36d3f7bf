//go:build !linux

package machine

import "time"

// ThreadTime is the clock's time of do, because this system does not tell the time of a thread.
func ThreadTime(do func() error) (time.Duration, error) {
	start := time.Now()
	err := do()
	return time.Since(start), err
}
