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

// untilSignal is a context that Ctrl-C or SIGTERM ends, and that knows which. A second signal
// kills the process.
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

// crashLoudly lets a crash end by SIGABRT. Go's own status then is 2, which is that of a wrong call.
func crashLoudly() {
	if os.Getenv("GOTRACEBACK") == "" {
		debug.SetTraceback("crash")
	}
}

// spareProcessors lets Go have twice as many goroutines at once as there are cores. With no more
// than cores, while all of them are in C, its monitor wakes every 20 us to take their places
// away, and two cores do 1.7 times what one does instead of 1.95.
func spareProcessors() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0))
	}
}
