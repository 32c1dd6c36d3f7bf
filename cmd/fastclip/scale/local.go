package scale

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/fastclip/fastclip/cluster"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/pool"
	"github.com/fastclip/fastclip/eval/spread"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/machine"
)

// tasks does those of some tasks that are not done yet.
func (g Program) tasks(ctx context.Context, f workFlags, s blobstore.Store, p *tasks.Plan, todo []tasks.Task) error {
	cfg, err := g.Config(p.Suite, f.cache)
	if err != nil {
		return err
	}
	if err := p.Place.Differs(tasks.Here(machine.ThisHost(), cfg.Build, p.Place.Threads)); err != nil && !p.Mixed {
		return cli.ExitError{Code: ExitElsewhere, Err: err}
	}
	done, err := p.DoneIDs(ctx, s)
	if err != nil {
		return err
	}
	var left []tasks.Task
	for _, t := range todo {
		if done[t.ID] {
			fmt.Fprintf(g.Stderr, "task %s is done already\n", t.ID)
			continue
		}
		left = append(left, t)
	}
	err = g.local(ctx, f, s, p, left)
	if errors.Is(err, tasks.ErrElsewhere) {
		return cli.ExitError{Code: ExitElsewhere, Err: err}
	}
	return err
}

// serve works as a child of a pool.
func (g Program) serve(ctx context.Context, f workFlags, s blobstore.Store, p *tasks.Plan) (err error) {
	cfg, err := g.Config(p.Suite, f.cache)
	if err != nil {
		return err
	}
	speaker := pool.NewSpeaker(g.Stdout)
	cfg.Progress = speaker
	var w *eval.Worker
	defer func() {
		if w != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	return speaker.Serve(ctx, g.Stdin, func(ctx context.Context, t tasks.Task, trial bool) (tasks.Done, error) {
		if w == nil {
			var err error
			if w, err = eval.OpenWorker(ctx, cfg, s, p); err != nil {
				return tasks.Done{}, err
			}
		}
		return w.Do(ctx, t, trial)
	})
}

// local does tasks in child processes.
func (g Program) local(ctx context.Context, f workFlags, s blobstore.Store, p *tasks.Plan, todo []tasks.Task) error {
	program, err := cluster.Program()
	if err != nil {
		return err
	}
	said := newTally(g.Stderr, len(todo))
	run := pool.Pool{
		Children: f.workers, Patience: p.Suite.Timeout, Stderr: g.Stderr, Unit: map[string]int{tasks.KindImages: embed.ChunkSize, tasks.KindTexts: 1, tasks.KindScore: spread.QueryUnit, tasks.KindDrift: drift.RangeTexts},
		Command: func(ctx context.Context) *exec.Cmd {
			args := []string{"work", "--store", f.store, "--plan", p.SHA, "--serve"}
			if f.cache != "" {
				args = append(args, "--cache", f.cache)
			}
			return exec.Command(program, args...)
		},
		Name: func(ctx context.Context, t tasks.Task, at int) (string, string, error) {
			return p.NameOf(ctx, s, t, at)
		},
		Crashed: func(c tasks.Crashed) error {
			fmt.Fprintf(g.Stderr, "%s %s%s is left out: %s\n", c.Set, c.Item, c.Variant, c.Reason)
			return p.PutCrashed(ctx, s, c)
		},
		Finished: func(d tasks.Done) error {
			said.done(d)
			return p.PutDone(ctx, s, d)
		},
	}
	err = run.Run(ctx, todo)
	if errors.Is(err, cache.ErrDiffers) {
		return errors.Join(err, p.PutDiffers(context.WithoutCancel(ctx), s, err.Error()))
	}
	return err
}
