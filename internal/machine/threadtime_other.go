//go:build !linux

package machine

import "time"

// ThreadTime is how long do takes by the clock: this system does not tell a thread's own time.
func ThreadTime(do func() error) (time.Duration, error) {
	start := time.Now()
	err := do()
	return time.Since(start), err
}
