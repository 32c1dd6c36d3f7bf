package resample

import (
	"runtime"
	"time"
)

// turn is how long one goes on before others may. Go's scheduler takes the place of a goroutine that has run for
// 10 ms away, and where it finds it in C it wakes another thread to do so (retake in runtime/proc.go), at a cost
// that is felt on the other core too. Who gives the place up in time is not looked at.
const turn = time.Millisecond

// Yield lets other goroutines run if this one has used up its turn.
func (s *Scratch) Yield() {
	if s == nil {
		return
	}
	if now := time.Now(); now.Sub(s.since) > turn {
		runtime.Gosched()
		s.since = now
	}
}
