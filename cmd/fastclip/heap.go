package main

import (
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
	live, percent := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}, 100
	type watch [32]byte // each garbage collection finalises it, which starts the next watch; smaller objects may share one allocation
	var again func(*watch)
	again = func(*watch) {
		metrics.Read(live)
		if p := garbagePercent(live[0].Value.Uint64()); p != percent {
			percent = p
			debug.SetGCPercent(p)
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
