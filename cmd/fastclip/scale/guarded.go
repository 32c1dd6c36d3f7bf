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

// guardedBy names, in a child's environment, the file of its orders.
const guardedBy = "FASTCLIP_GUARDED_BY"

// orders are what a run in a child process is told.
type orders struct {
	Trail   string          // file in which it notes what it does
	Columns int             // of the terminal on stderr; 0: none
	Crashed []tasks.Crashed // variants that are not to be opened
	Pool    bool            // pictures and texts are embedded in children of its own
	Since   time.Time       // of a fresh run: what was finished after it is used
}

// watched is stderr of a guarded run, which also keeps the trail.
type watched struct {
	io.Writer
	*trail.Trail
	columns int
}

// Columns is how wide a line is that is written over.
func (w watched) Columns() int { return w.columns }

// Guards tells whether this process only has the run done. Commands that are called within another program, as tests
// do, have no process of their own.
func (f *Flags) Guards(e *cli.Env) bool {
	return !f.InProcess && os.Getenv(guardedBy) == "" && e.Stdout == io.Writer(os.Stdout)
}

// obey gives a run what its guard orders.
func (g Program) obey(cfg *eval.Config, cache string) error {
	file := os.Getenv(guardedBy)
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("orders of the run: %w", err)
	}
	var o orders
	if err := errors.Join(json.Unmarshal(data, &o), os.Unsetenv(guardedBy)); err != nil { // whom this one starts is nobody's child but its own
		return fmt.Errorf("orders of the run: %w", err)
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

// keep writes down what a child said last, and names the file.
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
	return " (its traces are in " + f.Name() + ")"
}
