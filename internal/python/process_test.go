//go:build unix

package python_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/python"
)

// playing tells the test binary to start an adapter and wait for its end.
const playing = "FASTCLIP_TEST_HOLDS_ADAPTER"

func TestMain(m *testing.M) {
	if os.Getenv(playing) != "" {
		if _, err := python.Start(context.Background(), python.Command{Script: script("torch_mini.py")}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("started")
		select {}
	}
	os.Exit(m.Run())
}

// script is an embedded script. The fake Python does not read it.
func script(name string) python.Script {
	return python.Script{Files: fstest.MapFS{"torch_mini.py": {}, "export.py": {}}, Name: name}
}

// fakePython installs a shell script as Python. The script writes its process id to the file in $1.
func fakePython(t *testing.T, script string) (pids string) {
	dir := t.TempDir()
	pids = filepath.Join(dir, "pids")
	path := filepath.Join(dir, "python")
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, "#!/bin/sh\necho $$ >>%s\n%s\n", pids, script), 0o755))
	t.Setenv("FASTCLIP_PYTHON", path)
	t.Setenv("XDG_CACHE_HOME", dir)
	return pids
}

// gone waits until the processes in the file have ended.
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

// zombie reports that a process has ended but its parent has not asked for its status.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestStartAndClose(t *testing.T) {
	pids := fakePython(t, `[ -n "$FASTCLIP_TOKEN" ] && [ "$2 $3" = "--weights w" ] || exit 9
echo "ready http://127.0.0.1:7"; cat >/dev/null`)
	a, err := python.Start(t.Context(), python.Command{Script: script("torch_mini.py"), Args: []string{"--weights", "w"}})
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

// TestCloseKillsAll: an adapter that ignores its stdin is killed, with all its children.
func TestCloseKillsAll(t *testing.T) {
	pids := fakePython(t, `(trap "" TERM HUP; exec sleep 300) & echo $! >>"$(dirname "$0")/pids"
echo "ready http://127.0.0.1:7"; sleep 300`)
	a, err := python.Start(t.Context(), python.Command{Script: script("torch_mini.py")})
	require.NoError(t, err)
	require.NoError(t, a.Close())
	gone(t, pids)
}

// TestCloseKillsStrays: children that left the process group, or never saw the token, are killed too.
func TestCloseKillsStrays(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells whose a process was")
	}
	for name, start := range map[string]string{
		"session":       `setsid sleep 300 & echo $! >>"$(dirname "$0")/pids"`,
		"twice":         `(setsid sh -c 'echo $$ >>'"$(dirname "$0")/pids"'; exec sleep 300' &)`,
		"no token":      `(env -i setsid sh -c 'echo $$ >>'"$(dirname "$0")/pids"'; exec /bin/sleep 300' &)`,
		"its own child": `(setsid sh -c 'echo $$ >>'"$(dirname "$0")/pids"'; trap "" TERM; sleep 300 & echo $! >>'"$(dirname "$0")/pids"'; wait' &)`,
	} {
		t.Run(name, func(t *testing.T) {
			pids := fakePython(t, start+"\n"+`sleep 0.2; echo "ready http://127.0.0.1:7"; cat >/dev/null`)
			a, err := python.Start(t.Context(), python.Command{Script: script("torch_mini.py")})
			require.NoError(t, err)
			require.NoError(t, a.Close())
			data, err := os.ReadFile(pids)
			require.NoError(t, err)
			assert.GreaterOrEqual(t, len(strings.Fields(string(data))), 2)
			gone(t, pids)
		})
	}
}

func TestCannotStart(t *testing.T) {
	for name, x := range map[string]struct {
		script, want string
		is           error
	}{
		"crash":       {`echo "No module named torch" >&2; exit 1`, "it printed no URL (the adapter has ended: exit status 1; stderr: No module named torch); if packages are missing", python.ErrMissing},
		"no device":   {`echo "no GPU" >&2; exit 3`, "torch_mini.py: no GPU", python.ErrMissing},
		"other words": {`echo hello; cat >/dev/null`, `it printed "hello\n" instead of its URL`, nil},
		"hang":        {`echo loading >&2; sleep 300`, "adapter torch_mini.py: not ready within 500ms (deadline start); stderr: loading", context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			pids := fakePython(t, x.script)
			c := python.Command{Script: script("torch_mini.py")}
			if name == "hang" {
				c.Deadlines.Start = 500 * time.Millisecond
			}
			_, err := python.Start(t.Context(), c)
			require.ErrorContains(t, err, x.want)
			for _, is := range []error{python.ErrMissing, context.DeadlineExceeded} {
				assert.Equal(t, is == x.is, errors.Is(err, is), "%v", is)
			}
			gone(t, pids)
		})
	}
	_, err := python.Start(t.Context(), python.Command{Script: script("gone.py")})
	assert.ErrorContains(t, err, "adapter gone.py")
	_, err = python.Start(t.Context(), python.Command{})
	assert.ErrorContains(t, err, "no script and no program was named")
	_, err = python.Start(t.Context(), python.Command{Program: []string{"no-such-program"}})
	assert.ErrorIs(t, err, python.ErrMissing)
	assert.ErrorContains(t, err, "no-such-program")
}

// TestProgram: if the user's own program crashes, the error does not say that packages are missing.
func TestProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\necho $1 >&2; [ $1 = fails ] && exit 1; echo ready http://127.0.0.1:7; cat >/dev/null"), 0o755))
	var said strings.Builder
	a, err := python.Start(t.Context(), python.Command{Program: []string{path, "works"}, Stderr: &said})
	require.NoError(t, err)
	assert.Len(t, a.SHA256, 64)
	require.NoError(t, a.Close())
	assert.Equal(t, "works\n", said.String())
	_, err = python.Start(t.Context(), python.Command{Program: []string{path, "fails"}})
	assert.NotErrorIs(t, err, python.ErrMissing)
	assert.ErrorContains(t, err, "adapter server: it printed no URL (the adapter has ended: exit status 1; stderr: fails)")
	_, err = python.Start(t.Context(), python.Command{Program: []string{"cat", "/dev/zero"}})
	assert.ErrorContains(t, err, `adapter cat: instead of its URL it printed 4096 bytes without a line break, which begin with "\x00`)
}

// TestProgramsThatMisbehave: what a program does at its start is said in plain words, without its token.
func TestProgramsThatMisbehave(t *testing.T) {
	for name, x := range map[string]struct{ does, want string }{
		"leaves children":    {"sleep 300 & exit 1", "it printed no URL (the adapter has ended: exit status 1)"},
		"no reason":          {"exit 3", "it ended with status 3 and said no reason on stderr"},
		"another machine":    {"echo ready http://192.0.2.1:80; cat >/dev/null", `it says that it serves at "192.0.2.1:80": want an address of this machine`},
		"a name":             {"echo ready http://clip.example.com; cat >/dev/null", "want an address of this machine"},
		"control characters": {`printf '\377\033[31mred\000\n' >&2; exit 1`, "stderr: ? [31mred)"},
		"its token":          {"echo it is $FASTCLIP_TOKEN >&2; exit 1", "stderr: it is ***"},
		"localhost":          {"echo ready http://localhost:7; cat >/dev/null", ""},
		"any address":        {"echo ready http://0.0.0.0:7; cat >/dev/null", ""},
		"IPv6":               {"echo 'ready http://[::1]:7'; cat >/dev/null", ""},
		"a launcher":         {"(sleep 0.1; echo ready http://127.0.0.1:7; cat >/dev/null) & exit 0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := python.Start(t.Context(), python.Command{Program: []string{"sh", "-c", x.does}})
			if x.want == "" {
				require.NoError(t, err)
				require.NoError(t, a.Close())
				return
			}
			assert.ErrorContains(t, err, x.want)
		})
	}
}

// TestDeadlines: a call that stands still, and an adapter that has run for too long, are stopped; one
// that shows signs of life is not.
func TestDeadlines(t *testing.T) {
	for name, x := range map[string]struct {
		script string
		d      python.Deadlines
		want   string
	}{
		"stands still":  {`cat >/dev/null`, python.Deadlines{NoProgress: 300 * time.Millisecond}, "adapter torch_mini.py: no answer, and nothing printed, for 300ms (deadline no_progress)"},
		"works loudly":  {`for i in 1 2 3 4 5 6 7 8; do sleep 0.1; echo step $i >&2; done; cat >/dev/null`, python.Deadlines{NoProgress: 700 * time.Millisecond}, ""},
		"runs too long": {`cat >/dev/null`, python.Deadlines{Wall: 300 * time.Millisecond}, "adapter torch_mini.py: it has run for 300ms (deadline wall)"},
		"crashes":       {`sleep 0.3; echo boom >&2; exit 7`, python.Deadlines{}, "(the adapter has ended: exit status 7; stderr: boom)"},
	} {
		t.Run(name, func(t *testing.T) {
			pids := fakePython(t, `echo "ready http://127.0.0.1:7"; `+x.script)
			a, err := python.Start(t.Context(), python.Command{Script: script("torch_mini.py"), Deadlines: x.d})
			require.NoError(t, err)
			ctx, done := a.Call(t.Context())
			if x.want == "" {
				assert.NoError(t, ctx.Err())
				time.Sleep(900 * time.Millisecond) // longer than no_progress
				assert.NoError(t, ctx.Err())
				assert.NoError(t, done(nil))
			} else {
				<-ctx.Done()
				err := done(ctx.Err())
				assert.ErrorContains(t, err, x.want)
				assert.Equal(t, name != "crashes", errors.Is(err, context.DeadlineExceeded))
			}
			require.NoError(t, a.Close())
			gone(t, pids)
		})
	}
}

// TestOpening: an adapter that is ready, but does not describe its models before the start deadline, is stopped, whatever else it prints.
func TestOpening(t *testing.T) {
	pids := fakePython(t, `echo "ready http://127.0.0.1:7"; while :; do echo step; echo step >&2; sleep 0.02; done`)
	a, err := python.Start(t.Context(), python.Command{Script: script("torch_mini.py"), Deadlines: python.Deadlines{Start: 700 * time.Millisecond, NoProgress: time.Minute}})
	require.NoError(t, err)
	ctx, done := a.Opening(t.Context())
	<-ctx.Done()
	err = done(ctx.Err())
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorContains(t, err, "did not describe its models within 700ms (deadline start)")
	gone(t, pids)
	require.NoError(t, a.Close())
}

// TestCallOutOfTime: if a call exceeds its time, the adapter is stopped, because it would go on computing.
func TestCallOutOfTime(t *testing.T) {
	pids := fakePython(t, `echo "ready http://127.0.0.1:7"; trap "" TERM; while :; do :; done`)
	a, err := python.Start(t.Context(), python.Command{Script: script("torch_mini.py")})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	watched, done := a.Call(ctx)
	<-watched.Done()
	err = done(watched.Err())
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorContains(t, err, "no answer within the suite's timeout")
	gone(t, pids)
	require.NoError(t, a.Close())
}

func TestCancelled(t *testing.T) {
	pids := fakePython(t, `sleep 300`)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := python.Start(ctx, python.Command{Script: script("torch_mini.py")})
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	gone(t, pids)
}

// TestEndsWithItsParent: an adapter ends when its fastclip is killed.
func TestEndsWithItsParent(t *testing.T) {
	pids := fakePython(t, `trap "" TERM HUP
(trap "" TERM HUP; exec sleep 300) & echo $! >>"$(dirname "$0")/pids"
setsid sleep 300 & echo $! >>"$(dirname "$0")/pids"
echo "ready http://127.0.0.1:7"; while :; do sleep 1; done`) // ignores its stdin
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
