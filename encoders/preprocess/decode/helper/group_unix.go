//go:build unix

package helper

import (
	"os/exec"
	"syscall"
)

// ownGroup lets uv and the Python that it starts be ended together, and not by a key that is meant for us:
// they end with their stdin.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // no such group: all have ended
}
