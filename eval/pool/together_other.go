//go:build !linux

package pool

import "os/exec"

// dieTogether gives the child a group. One whose parent is killed goes on here.
func dieTogether(cmd *exec.Cmd) { ownGroup(cmd) }
