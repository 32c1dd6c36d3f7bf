// Package scale contains the commands that spread a run over several processes and machines.
package scale

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/blobstore"
)

// ExitElsewhere is the exit status of a worker whose machine does not match the plan.
const ExitElsewhere = 75

type workFlags struct {
	store, plan, task, slice, cache string
	workers                         int
	serve                           bool
}

// NewWork is the command fastclip work.
func (g Program) NewWork() *cobra.Command {
	var f workFlags
	cmd := &cobra.Command{
		Use:   "work --store URL --plan SHA (--task ID | --slice I/N)",
		Short: "do tasks that eval --store has planned",
		Long: `work does one task of a plan, or every Nth task beginning with the Ith, and leaves the results in
the store. Tasks that are done already are skipped. A child process does the work. It may die: fastclip
finds the item that kills it twice, and leaves that item out.

Exit status: 0 done; 1 a task failed, or gave other bytes than before; 2 wrong call; 75 this machine
does not match the plan (its CPU class, GPU, driver, build or runtimes differ).`,
		Example: `  fastclip work --store s3://bucket/runs --plan 3f2a9c41 --task g0-s0-images-00002
  fastclip work --store /shared/store --plan 3f2a9c41 --slice 2/8`,
		Args: cli.UsageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return g.work(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.store, "store", "", "where the plan is and the results go: a folder, file://, s3://, gs:// or azblob://")
	cmd.Flags().StringVar(&f.plan, "plan", "", "SHA-256 of the plan, or at least its first 8 characters")
	cmd.Flags().StringVar(&f.task, "task", "", "do this task")
	cmd.Flags().StringVar(&f.slice, "slice", "", "do part I of N: every Nth task from the Ith on")
	cmd.Flags().StringVar(&f.cache, "cache", "", "folder of this machine for generated datasets (default: as for eval)")
	cmd.Flags().IntVar(&f.workers, "workers", 1, "child processes; each uses all cores")
	cmd.Flags().BoolVar(&f.serve, "serve", false, "take tasks from stdin")
	_ = cmd.Flags().MarkHidden("serve") // for the messages between a pool and its children
	return cmd
}

func (g Program) work(ctx context.Context, f workFlags) error {
	if f.store == "" || f.plan == "" {
		return cli.WrongCall(errors.New("work needs --store and --plan"))
	}
	if n := countTrue(f.task != "", f.slice != "", f.serve); n != 1 {
		return cli.WrongCall(errors.New("work needs either --task or --slice"))
	}
	i, n, err := parseSlice(f.slice)
	if err != nil {
		return cli.WrongCall(err)
	}
	if f.workers < 1 {
		return cli.WrongCall(fmt.Errorf("--workers %d: want at least 1", f.workers))
	}
	s, err := blobstore.Open(ctx, f.store)
	if err != nil {
		return err
	}
	p, err := tasks.Load(ctx, s, f.plan)
	if err != nil {
		return err
	}
	if f.serve {
		return g.serve(ctx, f, s, p)
	}
	todo := p.Slice(i, n)
	if f.task != "" {
		t, err := p.Task(f.task)
		if err != nil {
			return cli.WrongCall(err)
		}
		todo = []tasks.Task{t}
	}
	return g.tasks(ctx, f, s, p, todo)
}

func countTrue(all ...bool) (n int) {
	for _, is := range all {
		if is {
			n++
		}
	}
	return n
}

// parseSlice parses I/N.
func parseSlice(text string) (i, n int, err error) {
	if text == "" {
		return 1, 1, nil
	}
	first, second, _ := strings.Cut(text, "/")
	i, iErr := strconv.Atoi(first)
	n, nErr := strconv.Atoi(second)
	if iErr != nil || nErr != nil || n < 1 || i < 1 || i > n {
		return 0, 0, fmt.Errorf("--slice %q: want I/N such as 1/4, with I from 1 to N", text)
	}
	return i, n, nil
}
