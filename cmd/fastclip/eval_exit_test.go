package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStoppedBy: a run that a signal ends has the status that a shell gives it, and names no run.
func TestStoppedBy(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FASTCLIP_CACHE", filepath.Join(dir, "cache"))
	suite, file := filepath.Join(dir, "s.yaml"), filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(suite, []byte("name: s\ndatasets: [{name: d, scenes: {objects: 1, count: 2, seed: 1}}]\nvariants: [{name: ref}]\n"), 0o644))
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		require.NoError(t, os.WriteFile(file, []byte("an earlier run\n"), 0o644))
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(stopped{signal})
		var stderr strings.Builder
		assert.Equal(t, want, run(ctx, []string{"eval", suite, "--out", filepath.Join(dir, "run"), "--run-file", file}, nil, io.Discard, &stderr))
		assert.Contains(t, stderr.String(), "fastclip: stopped; the same command goes on from here\n")
		assert.NoFileExists(t, file)
	}
}

// TestNoRun: what befell a run as a whole is 3, unless it has a status or a signal is behind it.
func TestNoRun(t *testing.T) {
	ended, cancel := context.WithCancelCause(context.Background())
	cancel(stopped{syscall.SIGTERM})
	full := fmt.Errorf("write scores.parquet: %w", syscall.ENOSPC)
	code := func(err error) int {
		var exit exitError
		if errors.As(err, &exit) {
			return exit.code
		}
		return -1
	}
	assert.NoError(t, noRun(t.Context(), nil))
	assert.Equal(t, exitNothing, code(noRun(t.Context(), full)))
	assert.Equal(t, exitFailures, code(noRun(t.Context(), exitError{code: exitFailures})))
	assert.ErrorAs(t, noRun(t.Context(), usageError{full}), &usageError{})
	assert.ErrorIs(t, noRun(ended, full), context.Canceled)
	assert.ErrorIs(t, noRun(t.Context(), full), syscall.ENOSPC)
}
