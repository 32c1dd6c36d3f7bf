// Package cli is what all commands share: access to the process, exit codes, errors, files and this program's
// version.
package cli

import (
	"fmt"
	"io"
)

// Exit codes of the command line; DESIGN.md fixes them.
const (
	ExitDone     = 0
	ExitFailures = 1 // done, but something named on stderr failed
	ExitUsage    = 2
	ExitNothing  = 3   // nothing was written
	ExitSignal   = 128 // and the signal's number: stopped by it
)

// Env is the part of its process that a command may use.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Warn names what a variant's model files say otherwise of one thing, or than its graphs.
func Warn(e *Env, variant string, faults []string) {
	for _, f := range faults {
		fmt.Fprintf(e.Stderr, "warning: variant %s: %s\n", variant, f)
	}
}
