// Package cli is shared by all commands: access to the process, exit codes, errors, files and this program's version.
package cli

import (
	"fmt"
	"io"
)

// Exit codes of the command line. DESIGN.md defines them.
const (
	ExitDone     = 0
	ExitFailures = 1 // finished, but something failed and was reported on stderr
	ExitUsage    = 2
	ExitNothing  = 3   // nothing was written
	ExitSignal   = 128 // plus the number of the signal that stopped it
)

// Env gives commands access to parts of the process.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Warn reports contradictions among a variant's model files, and between them and its graphs.
func Warn(e *Env, variant string, faults []string) {
	for _, f := range faults {
		fmt.Fprintf(e.Stderr, "warning: variant %s: %s\n", variant, f)
	}
}
