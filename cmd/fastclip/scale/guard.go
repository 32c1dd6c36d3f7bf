package scale

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/pool"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/trail"
)

// guard runs eval in a child process, and learns from its deaths.
type guard struct {
	Program
	dir    string
	began  time.Time
	orders orders
	last   trail.Step // the step at which the last child died
	idle   int        // number of deaths in a row from which nothing was learnt
}

// mostIdle is the number of deaths at one place after which the run ends.
const mostIdle = 3

// Guard does the whole command in a child process, so that a crash costs only a piece of the work. A child that died is started again and continues. After
// two deaths at one variant, that variant is left out. After two deaths while several variants embed, the child uses children of its own to find the cause.
func (g Program) Guard(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "fastclip-guard-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	columns, _ := cli.Terminal(g.Stderr)
	w := guard{Program: g, dir: dir, began: time.Now(), orders: orders{Trail: filepath.Join(dir, "trail"), Columns: columns}}
	for {
		code, how, last, err := w.child(ctx)
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil: // the signal is the cause
			return cli.ExitError{Code: cli.ExitSignal + cli.SignalOf(ctx)}
		case how == "" && code == cli.ExitDone:
			return nil
		case how == "":
			return cli.ExitError{Code: code} // the child has printed everything
		}
		if err := w.learn(how, last); err != nil {
			return cli.ExitError{Code: cli.ExitNothing, Err: err}
		}
	}
}

func (w *guard) child(ctx context.Context) (code int, how string, last []byte, err error) {
	data, err := json.Marshal(w.orders)
	if err != nil {
		return 0, "", nil, err
	}
	file := filepath.Join(w.dir, "orders")
	if err := errors.Join(os.WriteFile(file, data, 0o600), os.RemoveAll(w.orders.Trail)); err != nil {
		return 0, "", nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, "", nil, err
	}
	cmd := &exec.Cmd{Path: self, Args: os.Args, Env: append(os.Environ(), guardedBy+"="+file), Stdin: os.Stdin, Stdout: os.Stdout}
	return pool.Attended{
		Command: cmd, Stderr: w.Stderr, Stop: func() os.Signal { return syscall.Signal(cli.SignalOf(ctx)) },
		Hangs: func() string {
			if s := trail.Read(w.orders.Trail); s.Patience > 0 && time.Since(s.At) > s.Patience {
				return fmt.Sprintf("it made no progress for %s and was ended", s.Patience)
			}
			return ""
		},
	}.Attend(ctx)
}

// learn decides after a death what the next child leaves out, or returns the error that ends the run.
func (w *guard) learn(how string, last []byte) error {
	at := trail.Read(w.orders.Trail)
	where := at.Phase
	if at.What != "" {
		where += ", " + at.What
	}
	fmt.Fprintf(w.Stderr, "eval died (%s): %s%s\n", where, how, w.keep(last))
	again := w.last.Phase == at.Phase && w.last.What == at.What
	w.orders.Since = w.began
	switch w.last = at; {
	case !again:
		w.idle = 1
	case at.What != "":
		w.orders.Crashed = append(w.orders.Crashed, tasks.Crashed{Variant: at.What, Reason: fmt.Sprintf("crash: %s (%s)", how, at.Phase)})
		w.last, w.idle = trail.Step{}, 0
	case at.Patience > 0 && !w.orders.Pool:
		w.orders.Pool, w.last, w.idle = true, trail.Step{}, 0
	default:
		w.idle++
	}
	if w.idle == mostIdle {
		return fmt.Errorf("eval died %d times at the same place (%s), and no variant or picture is known to be the cause: %s", w.idle, where, how)
	}
	return nil
}
