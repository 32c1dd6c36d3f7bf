//go:build !unix

package machine

import "time"

// cpuTime is unknown here.
func cpuTime() time.Duration { return 0 }
