//go:build unix

package python

import (
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
)

// ownGroup gives the command a process group, so that everything it starts can be ended with it.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // no such group: all have ended
}

// group is a process group that ends with this process. Its first member is a shell that waits for the end
// of a pipe and then kills the group. Only this process holds that pipe. So the group ends however this
// process ends, even by kill -9, and whatever its other members do. Processes that have left the group are
// found by the token in their environment (strays).
type group struct {
	guard *exec.Cmd
	alive io.Closer
	token string
	once  sync.Once
}

// guard kills the processes with the token $1 in their environment, where /proc shows it, and then its own
// group.
const guard = `trap "" TERM HUP INT; read -r _
for e in /proc/[0-9]*/environ; do
	if grep -qs "$1" "$e"; then p=${e#/proc/}; kill -KILL "${p%%/*}"; fi
done
kill -KILL 0`

func newGroup(token string) (*group, error) {
	adopt()
	g := &group{guard: exec.Command("/bin/sh", "-c", guard, "guard", tokenVariable+"="+token), token: token}
	ownGroup(g.guard)
	var err error
	if g.alive, err = g.guard.StdinPipe(); err != nil {
		return nil, err
	}
	if err := g.guard.Start(); err != nil {
		return nil, fmt.Errorf("process group: %w", err)
	}
	return g, nil
}

// join makes a command that has not started yet a member of the group.
func (g *group) join(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: g.guard.Process.Pid}
}

// kill ends all members, and those that have left the group.
func (g *group) kill() {
	g.once.Do(func() {
		killGroup(g.guard)
		_ = g.alive.Close() // it is dead
		_ = g.guard.Wait()  // killed, as it says
		killStrays(g.token, g.guard.Process.Pid)
	})
}

// reap collects dead members. Call it after kill, and after the end of the joined commands.
func (g *group) reap() { reapGroup(g.guard.Process.Pid) }
