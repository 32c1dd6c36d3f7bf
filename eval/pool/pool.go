package pool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/cache"
)

// Pool is a set of long-lived children. Each works on one task at a time.
type Pool struct {
	Command  func(context.Context) *exec.Cmd // makes a child that takes orders
	Children int
	Patience time.Duration  // how long a child may be silent
	Unit     map[string]int // by kind: the smallest number of items done together
	Stderr   io.Writer
	Crashed  func(tasks.Crashed) error                                                     // called with what kills children
	Name     func(ctx context.Context, t tasks.Task, at int) (set, item string, err error) // names an item of a task; an error when there is none
	Finished func(tasks.Done) error

	mu   sync.Mutex
	gone map[string]bool // variants that kill children
}

// ErrWork is the error for work that failed for a reason that another child would not change.
var ErrWork = errors.New("a worker failed")

// Run gets the tasks done.
func (p *Pool) Run(ctx context.Context, all []tasks.Task) error {
	p.gone = map[string]bool{}
	queue := make(chan tasks.Task)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(queue)
		for _, t := range all {
			select {
			case queue <- t:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range min(p.Children, max(1, len(all))) {
		g.Go(func() error {
			w := &worker{Pool: p}
			defer w.close()
			for t := range queue {
				done, err := w.task(ctx, t)
				if err != nil {
					return err
				}
				if err := p.Finished(done); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// worker is the place of a child. A child that dies is replaced.
type worker struct {
	*Pool
	child *child
}

func (w *worker) close() {
	if w.child != nil {
		w.child.close()
	}
}

// deaths is the number of deaths after which a piece is cut. Parts of such a piece are cut at their first
// death.
const deaths = 2

// task does a task, in pieces if necessary.
func (w *worker) task(ctx context.Context, t tasks.Task) (tasks.Done, error) {
	out := tasks.Done{Task: t.ID}
	err := w.piece(ctx, t, deaths, func(d tasks.Done) {
		out.Host, out.Place = d.Host, d.Place
		out.Items, out.Seconds, out.CPU = out.Items+d.Items, out.Seconds+d.Seconds, out.CPU+d.CPU
		for v, spent := range d.By {
			if out.By == nil {
				out.By = map[string]tasks.Spent{}
			}
			out.By[v] = out.By[v].Add(spent)
		}
		out.Segments, out.Failed = append(out.Segments, d.Segments...), append(out.Failed, d.Failed...)
	})
	return out, err
}

// piece does a part of a task. When the part kills its children, it finds the picture or the variant that
// does.
func (w *worker) piece(ctx context.Context, t tasks.Task, chances int, add func(tasks.Done)) error {
	unit := w.Unit[t.Kind]
	for found := 0; ; {
		if t.Variants = w.living(t.Variants); len(t.Variants) == 0 {
			return nil
		}
		r, err := w.tries(ctx, Order{Task: t}, chances)
		if err == nil {
			add(*r.Done)
			return nil
		}
		if !isDead(err) {
			return err
		}
		if t.To-t.From > unit {
			mid := t.From + max(1, (t.To-t.From)/unit/2)*unit
			first, second := t, t
			first.To, second.From = mid, mid
			return errors.Join(w.piece(ctx, first, 1, add), w.piece(ctx, second, 1, add))
		}
		if found++; found > unit+len(t.Variants) {
			return fmt.Errorf("%w: task %s died repeatedly: %w", ErrWork, t.ID, err)
		}
		culprit, err := w.find(ctx, t, err)
		if errors.Is(err, errOnce) {
			chances = deaths
			continue
		}
		if err != nil {
			return err
		}
		if err := w.Crashed(culprit); err != nil {
			return err
		}
		if culprit.Variant != "" {
			w.mu.Lock()
			w.gone[culprit.Variant] = true
			w.mu.Unlock()
		}
	}
}

// living are the variants that have killed no child.
func (w *worker) living(all []string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(all), func(v string) bool { return w.gone[v] })
}

// tries gives an order a number of chances.
func (w *worker) tries(ctx context.Context, o Order, chances int) (r Reply, err error) {
	for range chances {
		if r, err = w.order(ctx, o); !isDead(err) {
			return r, err
		}
	}
	return r, err
}

func (w *worker) order(ctx context.Context, o Order) (Reply, error) {
	if w.child == nil {
		var err error
		if w.child, err = start(ctx, w.Command, w.Stderr); err != nil {
			return Reply{}, err
		}
	}
	r, err := w.child.do(ctx, o, w.Patience)
	if err != nil {
		w.child = nil
		return r, err
	}
	switch {
	case r.Elsewhere:
		return r, fmt.Errorf("%w: %s", tasks.ErrElsewhere, r.Error)
	case r.Differs:
		return r, fmt.Errorf("%w: %s", cache.ErrDiffers, r.Error)
	case r.Error != "":
		return r, fmt.Errorf("%w: %s", ErrWork, r.Error)
	}
	return r, nil
}
