package pool

import (
	"os/exec"
	"syscall"
)

// dieTogether ends the child when this process ends, however it ends.
func dieTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
