package machine

import (
	"runtime"
	"sync"
)

// OnCores calls a function for each of n indexes, on all cores.
func OnCores(n int, do func(i int)) {
	var all sync.WaitGroup
	workers := min(n, runtime.NumCPU())
	for w := range workers {
		all.Go(func() {
			for i := w; i < n; i += workers {
				do(i)
			}
		})
	}
	all.Wait()
}
