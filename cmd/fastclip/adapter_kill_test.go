//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
)

// TestAdapterEndsWithKilledEval: kill -9 of a run in the middle of a call also ends its adapter and the adapter's children, even if they ignore stdin and
// signals.
func TestAdapterEndsWithKilledEval(t *testing.T) {
	testenv.Library(t, "jpeg")
	dir := t.TempDir()
	pids, play := filepath.Join(dir, "pids"), filepath.Join(dir, "misbehave")
	require.NoError(t, os.Symlink(os.Args[0], play)) // testscript.Main decides by the program's name
	require.NoError(t, os.Symlink(os.Args[0], filepath.Join(dir, "fastclip")))
	suite := filepath.Join(dir, "suite.yaml")
	require.NoError(t, os.WriteFile(suite, []byte(`name: deaf
datasets: [{name: single, scenes: {objects: 1, count: 3, per_set: 3, seed: 1, size: 96x72}}]
variants: [{name: deaf, runtime: oip, command: [`+play+`, deaf, `+pids+`]}]
`), 0o644))
	cmd := exec.Command(filepath.Join(dir, "fastclip"), "eval", suite, "--out", filepath.Join(dir, "run"))
	cmd.Env = append(os.Environ(), "FASTCLIP_CACHE="+filepath.Join(dir, "cache"))
	require.NoError(t, cmd.Start())
	log := filepath.Join(dir, "run", "logs", "deaf.stderr.txt") // exists once the run has begun
	require.Eventually(t, func() bool { _, err := os.Stat(log); return err == nil }, time.Minute, 10*time.Millisecond)
	data, err := os.ReadFile(pids)
	require.NoError(t, err)
	all := strings.Fields(string(data))
	require.Len(t, all, 2)
	for _, pid := range all {
		assert.True(t, lives(pid), "process %s", pid)
	}
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // the error only says that it was killed
	for _, pid := range all {
		assert.Eventually(t, func() bool { return !lives(pid) }, time.Minute, 10*time.Millisecond, "process %s", pid)
	}
}

// lives reports whether a process exists and is not a zombie.
func lives(pid string) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}
