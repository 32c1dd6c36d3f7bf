package scale

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/trail"
)

// guardedBy is the environment variable that gives a child the file of its orders.
const guardedBy = "FASTCLIP_GUARDED_BY"

// orders tell a run in a child process what to do differently.
type orders struct {
	Trail   string          // file in which it records what it is doing
	Columns int             // width of the terminal on stderr; 0 means that there is none
	Crashed []tasks.Crashed // variants that must not be opened
	Pool    bool            // whether pictures and texts are embedded in children of its own
	Since   time.Time       // for a fresh run: only work finished after this time is used
}

// watched is the stderr of a guarded run, which also keeps the trail.
type watched struct {
	io.Writer
	*trail.Trail
	columns int
}

// Columns is the width of the terminal, for lines that are overwritten.
func (w watched) Columns() int { return w.columns }

// Guards reports whether this process only supervises a child. Commands that are called inside another program, as tests do, have no process of their own and
// do not.
func (f *Flags) Guards(e *cli.Env) bool {
	return !f.InProcess && os.Getenv(guardedBy) == "" && e.Stdout == io.Writer(os.Stdout)
}

// obey applies the orders of the guard to a run.
func (g Program) obey(cfg *eval.Config, cache string) error {
	file := os.Getenv(guardedBy)
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read what this run is to leave out: %w", err)
	}
	var o orders
	if err := errors.Join(json.Unmarshal(data, &o), os.Unsetenv(guardedBy)); err != nil { // so that processes started by this one do not count as the guard's child
		return fmt.Errorf("read what this run is to leave out: %w", err)
	}
	t, err := trail.New(o.Trail)
	if err != nil {
		return err
	}
	cfg.Progress, cfg.Crashed, cfg.Since = watched{g.Stderr, t, o.Columns}, o.Crashed, o.Since
	if cfg.Shared != nil || !o.Pool {
		return nil
	}
	s, err := blobstore.Folder(cfg.Cache)
	if err != nil {
		return err
	}
	mark := ""
	if cfg.Fresh {
		mark = fmt.Sprintf("%x", o.Since.UnixNano())
	}
	cfg.Shared = &eval.Shared{Store: s, Mark: mark, Work: func(ctx context.Context, p *tasks.Plan, todo []tasks.Task) error {
		return g.local(ctx, workFlags{store: cfg.Cache, cache: cache, workers: 1}, s, p, todo)
	}}
	return nil
}

// keep saves the last output of a child, and returns the file's name.
func (w *guard) keep(last []byte) string {
	if len(last) == 0 {
		return ""
	}
	f, err := os.CreateTemp("", "fastclip-crash-*.txt")
	if err != nil {
		return ""
	}
	if _, err := f.Write(last); errors.Join(err, f.Close()) != nil {
		return ""
	}
	return " (its last output is in " + f.Name() + ")"
}
