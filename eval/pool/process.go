// Package pool runs tasks in long-lived child processes. A crash, such as an abort in a native library,
// then costs a task and not the run.
package pool

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/fastclip/fastclip/eval/tasks"
)

// Order is a piece of work for a child: a line on its stdin.
type Order struct {
	Task  tasks.Task
	Trial bool // only tests survival and keeps nothing
}

// Reply is a line on a child's stdout. An empty reply only says that the child is alive.
type Reply struct {
	Done      *tasks.Done `json:",omitempty"`
	Error     string      `json:",omitempty"` // an error that another child would not change
	Elsewhere bool        `json:",omitempty"` // the error says that this machine is not the plan's place
	Differs   bool        `json:",omitempty"` // the error says that the work was done before with other bytes
}

// deadError is the error of a child that ended, or was ended, during its work.
type deadError struct{ how string }

func (e *deadError) Error() string { return e.how }

// child is a process.
type child struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	replies chan Reply
	last    *lastLine
}

func start(ctx context.Context, command func(context.Context) *exec.Cmd, stderr io.Writer) (*child, error) {
	c := &child{cmd: command(ctx), replies: make(chan Reply), last: &lastLine{to: stderr}}
	c.cmd.Stderr = c.last
	ownGroup(c.cmd)
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	go func() {
		defer close(c.replies)
		lines := bufio.NewReader(out)
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return
			}
			var r Reply // other lines come from libraries that print
			if bytes.HasPrefix(line, []byte("{")) && json.Unmarshal(line, &r) == nil {
				c.replies <- r
			}
		}
	}()
	return c, nil
}

// do makes the child do a piece of work. A child that is silent for longer than patience is ended.
func (c *child) do(ctx context.Context, o Order, patience time.Duration) (Reply, error) {
	line, err := json.Marshal(o)
	if err != nil {
		return Reply{}, err
	}
	if _, err := c.in.Write(append(line, '\n')); err != nil {
		return Reply{}, c.died("")
	}
	quiet := time.NewTimer(patience)
	defer quiet.Stop()
	for {
		select {
		case r, ok := <-c.replies:
			switch {
			case !ok:
				return Reply{}, c.died("")
			case r.Done != nil || r.Error != "":
				return r, nil
			}
			quiet.Reset(patience)
		case <-quiet.C:
			return Reply{}, c.died(fmt.Sprintf("it made no progress for %s and was ended", patience))
		case <-ctx.Done():
			_ = c.died("")
			return Reply{}, ctx.Err()
		}
	}
}

// died ends the process, if it still runs, and says how it ended.
func (c *child) died(why string) error {
	if why != "" {
		endGroup(c.cmd)
	}
	_ = c.in.Close()
	timer := time.AfterFunc(5*time.Second, func() { endGroup(c.cmd) })
	for range c.replies { // drain the remaining replies
	}
	err := c.cmd.Wait()
	timer.Stop()
	if why == "" {
		why = "its process ended"
		if err != nil {
			why = fmt.Sprintf("its process ended (%v)", err)
		}
	}
	if said := c.last.text(); said != "" {
		why += ": " + said
	}
	return &deadError{why}
}

func isDead(err error) bool {
	var dead *deadError
	return errors.As(err, &dead)
}

// close lets the child end.
func (c *child) close() {
	_ = c.died("")
}
