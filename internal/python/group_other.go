//go:build !unix

package python

import "os/exec"

func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) {
	_ = cmd.Process.Kill() // it has ended already
}

// group ends the one process that has joined it; those that this one started it does not know.
type group struct{ cmd *exec.Cmd }

func newGroup(string) (*group, error) { return &group{}, nil }

func (g *group) join(cmd *exec.Cmd) { g.cmd = cmd }

func (g *group) kill() {
	if g.cmd != nil && g.cmd.Process != nil {
		killGroup(g.cmd)
	}
}

func (g *group) reap() {}
