//go:build unix

package adapters_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/adapters"
)

// playing says to the test binary that it is to start an adapter and wait for its end.
const playing = "FASTCLIP_TEST_HOLDS_ADAPTER"

func TestMain(m *testing.M) {
	if os.Getenv(playing) != "" {
		if _, err := adapters.Start(context.Background(), "torch_mini.py", time.Minute); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("started")
		select {}
	}
	os.Exit(m.Run())
}

// python puts a shell script in Python's place; it finds the file to note its process in $1.
func python(t *testing.T, script string) (pids string) {
	dir := t.TempDir()
	pids = filepath.Join(dir, "pids")
	path := filepath.Join(dir, "python")
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, "#!/bin/sh\necho $$ >>%s\n%s\n", pids, script), 0o755))
	t.Setenv("FASTCLIP_PYTHON", path)
	t.Setenv("XDG_CACHE_HOME", dir)
	return pids
}

// gone waits until the processes noted in the file have ended.
func gone(t *testing.T, pids string) {
	data, err := os.ReadFile(pids)
	require.NoError(t, err)
	for _, line := range strings.Fields(string(data)) {
		pid, err := strconv.Atoi(line)
		require.NoError(t, err)
		for range 500 {
			if err = syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) || zombie(pid) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		assert.True(t, errors.Is(err, syscall.ESRCH) || zombie(pid), "process %d lives", pid)
	}
}

// zombie says that a process has ended, and that whoever took it over has not looked.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestStartAndClose(t *testing.T) {
	pids := python(t, `[ -n "$FASTCLIP_TOKEN" ] && [ "$2 $3" = "--weights w" ] || exit 9
echo "ready http://127.0.0.1:7"; cat >/dev/null`)
	a, err := adapters.Start(t.Context(), "torch_mini.py", time.Minute, "--weights", "w")
	require.NoError(t, err)
	assert.Equal(t, "http://127.0.0.1:7", a.URL)
	assert.Len(t, a.SHA256, 64)
	assert.NotEmpty(t, a.Token)
	assert.EqualError(t, a.Explain(errors.New("x")), "x", "it runs and has said nothing")
	require.NoError(t, a.Close())
	require.NoError(t, a.Close())
	gone(t, pids)
	assert.ErrorContains(t, a.Explain(errors.New("x")), "x (the adapter has ended: exit status 0)")
}

// What does not look at its stdin is killed, with what it has started.
func TestCloseKillsAll(t *testing.T) {
	pids := python(t, `(trap "" TERM HUP; exec sleep 300) & echo $! >>"$(dirname "$0")/pids"
echo "ready http://127.0.0.1:7"; sleep 300`)
	a, err := adapters.Start(t.Context(), "torch_mini.py", time.Minute)
	require.NoError(t, err)
	require.NoError(t, a.Close())
	gone(t, pids)
}

func TestCannotStart(t *testing.T) {
	for name, x := range map[string]struct{ script, want string }{
		"crash":       {`echo "No module named torch" >&2; exit 1`, "it gave no URL (the adapter has ended: exit status 1; stderr: No module named torch); when packages are missing"},
		"no device":   {`echo "no GPU" >&2; exit 3`, "torch_mini.py: no GPU"},
		"other words": {`echo hello; cat >/dev/null`, `it printed "hello\n" instead of its URL`},
		"hang":        {`sleep 300`, "not ready within 200ms"},
	} {
		t.Run(name, func(t *testing.T) {
			pids := python(t, x.script)
			_, err := adapters.Start(t.Context(), "torch_mini.py", map[bool]time.Duration{true: 200 * time.Millisecond, false: time.Minute}[name == "hang"])
			assert.ErrorIs(t, err, adapters.ErrMissing)
			assert.ErrorContains(t, err, x.want)
			gone(t, pids)
		})
	}
	_, err := adapters.Start(t.Context(), "gone.py", time.Minute)
	assert.ErrorContains(t, err, "adapter gone.py")
}

func TestCancelled(t *testing.T) {
	pids := python(t, `sleep 300`)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := adapters.Start(ctx, "torch_mini.py", time.Minute)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	gone(t, pids)
}

// An adapter does not outlive a fastclip that was killed.
func TestEndsWithItsParent(t *testing.T) {
	pids := python(t, `echo "ready http://127.0.0.1:7"; cat >/dev/null`)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), playing+"=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "started\n", line)
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	gone(t, pids)
}
