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

// TestStoppedBy: a run that a signal ends has the exit status that shells use, and names no run.
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
		assert.Contains(t, stderr.String(), "fastclip: stopped: run the same command again to continue\n")
		assert.NoFileExists(t, file)
	}
}

// TestStoppedCommands: every other command says that it was stopped, and has that exit status even if it succeeded.
func TestStoppedCommands(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FASTCLIP_CACHE", filepath.Join(dir, "cache"))
	t.Setenv("FASTCLIP_TOOLS", filepath.Join(dir, "tools"))
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cli.StoppedBy(syscall.SIGINT))
	for _, line := range []string{"version", "doctor", "setup --offline " + dir, "check default", "models ls", "report " + dir + " --format html", "schema suite"} {
		var stderr strings.Builder
		assert.Equal(t, 130, run(ctx, strings.Fields(line), strings.NewReader(""), io.Discard, &stderr), line)
		assert.NotContains(t, stderr.String(), "context canceled", line)
	}
}
