//go:build !linux

package pool

import "os/exec"

// dieTogether gives the child a process group. Here a child survives when its parent is killed.
func dieTogether(cmd *exec.Cmd) { ownGroup(cmd) }
