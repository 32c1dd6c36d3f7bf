// Command fastclip measures CLIP encoder variants: scores, drift and speed.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
)

func main() {
	spareProcessors()
	boundGarbage()
	crashLoudly()
	os.Exit(run(untilSignal(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// untilSignal returns a context that ends on Ctrl-C or SIGTERM, with the signal as its cause. A second signal kills the process.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	got := make(chan os.Signal, 1)
	signal.Notify(got, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := <-got
		signal.Stop(got)
		if number, ok := s.(syscall.Signal); ok {
			cancel(cli.StoppedBy(number))
		}
	}()
	return ctx
}

// crashLoudly makes a crash end with SIGABRT. Go's own exit status would be 2, which means a wrong call.
func crashLoudly() {
	if os.Getenv("GOTRACEBACK") == "" {
		debug.SetTraceback("crash")
	}
}

// spareProcessors lets Go run twice as many threads as there are cores. With only as many as cores, Go's monitor wakes every 20 us while all of them are in
// C, to take their places away. Two cores then do 1.7 times the work of one instead of 1.95.
func spareProcessors() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0))
	}
}
