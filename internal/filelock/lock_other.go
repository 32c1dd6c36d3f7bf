//go:build !unix

// Package filelock waits for a file that other programs lock too. On this system it locks nothing.
package filelock

import (
	"context"
	"os"
)

// Wait does nothing on this system. If two programs download one file at the same time, they damage it, and its hash reveals that.
func Wait(context.Context, *os.File, func()) error { return nil }
