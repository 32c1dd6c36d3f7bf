//go:build !unix

package machine

import "time"

// CPUTime is unknown here.
func CPUTime() time.Duration { return 0 }
