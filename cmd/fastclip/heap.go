package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// mostGarbage limits roughly how far the heap grows beyond live data before it is collected. Go's own rule allows as much again, which would double the
// memory of a large set.
const mostGarbage = 128 << 20

// boundGarbage applies mostGarbage, unless the environment sets its own rule.
func boundGarbage() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	live, percent, limit := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}, 100, int64(math.MaxInt64)
	type watch [32]byte // each garbage collection finalises it, which starts the next watch; smaller objects may share one allocation
	var again func(*watch)
	again = func(*watch) {
		metrics.Read(live)
		n := live[0].Value.Uint64()
		if p := garbagePercent(n); p != percent {
			percent = p
			debug.SetGCPercent(p)
		}
		if l := memoryLimit(n); l != limit {
			limit = l
			debug.SetMemoryLimit(l)
		}
		runtime.SetFinalizer(&watch{}, again)
	}
	runtime.SetFinalizer(&watch{}, again)
}

// garbagePercent is how much the heap may grow, as a share of live data: 100 % for a small heap, mostGarbage for a large one, and at least 10 %, so that a
// very large heap is not collected all the time.
func garbagePercent(live uint64) int {
	return int(min(100, max(10, 100*mostGarbage/max(live, 1))))
}

// memoryLimit makes Go return what a large heap no longer uses, which otherwise stays in memory for minutes. It is above the size at which
// garbagePercent collects, so that nothing is collected more often.
func memoryLimit(live uint64) int64 {
	if live < 1<<30 {
		return math.MaxInt64
	}
	return int64(live + live/8 + 3*mostGarbage)
}
