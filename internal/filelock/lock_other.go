//go:build !unix

// Package filelock waits for a file that other programs lock too. On this system it locks nothing.
package filelock

import (
	"context"
	"os"
)

// Wait does nothing here. Two programs that download one file at the same time spoil it, and its hash
// reveals that.
func Wait(context.Context, *os.File, func()) error { return nil }
