//go:build !unix

package python

import "os/exec"

func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) {
	_ = cmd.Process.Kill() // fails if it has ended already
}

// group ends only the process that joined it, because this system does not know that process's children.
type group struct{ cmd *exec.Cmd }

func newGroup(string) (*group, error) { return &group{}, nil }

func (g *group) join(cmd *exec.Cmd) { g.cmd = cmd }

func (g *group) kill() {
	if g.cmd != nil && g.cmd.Process != nil {
		killGroup(g.cmd)
	}
}

func (g *group) reap() {}
