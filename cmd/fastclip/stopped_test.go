package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
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
		cancel(cli.StoppedBy(signal))
		var stderr strings.Builder
		assert.Equal(t, want, run(ctx, []string{"eval", suite, "--out", filepath.Join(dir, "run"), "--run-file", file}, nil, io.Discard, &stderr))
		assert.Contains(t, stderr.String(), "fastclip: stopped; the same command goes on from here\n")
		assert.NoFileExists(t, file)
	}
}
