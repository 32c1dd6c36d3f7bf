package resample

import (
	"runtime"
	"time"
)

// timeSlice is how long a goroutine runs before it lets others run. Go's scheduler interrupts a goroutine after
// 10 ms. If it finds the goroutine in C, it wakes another thread to take over (retake in runtime/proc.go),
// and that slows the other core, too. A goroutine that yields in time avoids this.
const timeSlice = time.Millisecond

// Yield lets other goroutines run if this one has used up its time slice.
func (s *Scratch) Yield() {
	if s == nil {
		return
	}
	if now := time.Now(); now.Sub(s.since) > timeSlice {
		runtime.Gosched()
		s.since = now
	}
}
