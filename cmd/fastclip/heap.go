package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// mostGarbage is about how much the heap grows over what is alive before it is collected. Go's own
// rule, as much again as is alive, would double the memory of a large set.
const mostGarbage = 128 << 20

// boundGarbage keeps to mostGarbage, unless the environment has a rule of its own.
func boundGarbage() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	live, percent := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}, 100
	type watch [32]byte // collected, and watched anew, at every collection; smaller ones may share an object
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

// garbagePercent is the share of what is alive that may come on top of it: all of a small heap,
// mostGarbage of a large one, and a tenth of one so large that it would be collected all the time.
func garbagePercent(live uint64) int {
	return int(min(100, max(10, 100*mostGarbage/max(live, 1))))
}
