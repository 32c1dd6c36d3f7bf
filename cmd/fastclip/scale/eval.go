package scale

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/cluster"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/blobstore"
)

// Flags are the flags of eval for a store.
type Flags struct {
	Store, On, TimeOn        string
	DryRun, Mixed, InProcess bool
	Workers, Items, Slices   int
	changed                  func(string) bool
}

// Add adds the flags to eval.
func (f *Flags) Add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.Store, "store", "", "work through this store, which processes and machines share: a folder, file://, s3://, gs:// or azblob:// (docs/scale.md)")
	fs.StringVar(&f.On, "on", "", "with --store: who does the work: ray[=ADDRESS], slurm or k8s (default: child processes of this machine)")
	fs.BoolVar(&f.DryRun, "dry-run", false, "with --store: only plan: print the tasks, hours and bytes, and the script or YAML of --on")
	fs.BoolVar(&f.Mixed, "mixed", false, "with --store: also use workers with another CPU class, GPU, driver or build; gates refuse such runs")
	fs.StringVar(&f.TimeOn, "time-on", "", "with --store: host name of the machine that measures timings; it must be this one (default: nothing is timed)")
	fs.BoolVar(&f.InProcess, "in-process", false, "do all work in this one process: a crash of a native library then ends the run")
	fs.IntVar(&f.Workers, "workers", 1, "with --store: child processes of this machine; each uses all cores")
	fs.IntVar(&f.Items, "task-items", tasks.TaskItems, "with --store: pictures per task")
	fs.IntVar(&f.Slices, "slices", 0, "with --on slurm or k8s: number of parts that share the tasks (default: one per task, at most 1000)")
	f.changed = fs.Changed
}

// Run runs a suite as eval does, through a store if there is one. With --dry-run it only prints the plan.
func (g Program) Run(ctx context.Context, f Flags, cfg eval.Config, cache string) (eval.Outcome, error) {
	if err := g.apply(ctx, f, &cfg, cache); err != nil {
		return eval.Outcome{}, err
	}
	if err := g.obey(&cfg, cache); err != nil {
		return eval.Outcome{}, err
	}
	out, err := eval.Run(ctx, cfg)
	if err == nil && out.Tasks == nil && cfg.Shared != nil && cfg.Fresh && f.Store != "" {
		err = tasks.FreshDone(ctx, cfg.Shared.Store, cfg.Suite) // this run is done, so the next one starts anew
	}
	if err == nil && out.Tasks != nil {
		err = g.printPlan(ctx, f, out.Tasks)
	}
	return out, err
}

// apply sets the run's store, and who does its work. Without --store it changes nothing.
func (g Program) apply(ctx context.Context, f Flags, cfg *eval.Config, cache string) error {
	if f.Store == "" {
		for _, name := range []string{"on", "dry-run", "mixed", "time-on", "workers", "task-items", "slices"} {
			if f.changed(name) {
				return cli.WrongCall(fmt.Errorf("--%s needs --store", name))
			}
		}
		return nil
	}
	kind, address, _ := strings.Cut(f.On, "=")
	switch {
	case f.Items < 1 || f.Workers < 1 || f.Slices < 0:
		return cli.WrongCall(errors.New("--task-items, --workers and --slices want numbers of at least 1"))
	case f.InProcess && f.On != "":
		return cli.WrongCall(errors.New("--in-process and --on exclude each other"))
	case kind != "" && kind != "ray" && kind != "slurm" && kind != "k8s", kind != "ray" && address != "":
		return cli.WrongCall(fmt.Errorf("--on %q: want ray, ray=ADDRESS, slurm or k8s", f.On))
	}
	if err := g.timeOn(f.TimeOn, cfg.Suite); err != nil {
		return err
	}
	s, err := blobstore.Open(ctx, f.Store)
	if err != nil {
		return err
	}
	cfg.Shared = &eval.Shared{Store: s, Mixed: f.Mixed, DryRun: f.DryRun || kind == "k8s", Items: f.Items}
	if cfg.Fresh {
		if cfg.Shared.Mark, err = tasks.FreshMark(ctx, s, cfg.Suite); err != nil {
			return err
		}
	}
	if f.InProcess {
		return nil
	}
	cfg.Shared.Work = func(ctx context.Context, p *tasks.Plan, todo []tasks.Task) error {
		if kind == "" {
			return g.local(ctx, workFlags{store: f.Store, cache: cache, workers: f.Workers}, s, p, todo)
		}
		job, err := g.job(f, p, todo)
		if err != nil {
			return err
		}
		said := newTally(g.Stderr, len(todo))
		return cluster.Watched(ctx, p, s, todo, said.done, func(ctx context.Context) error {
			if kind == "ray" {
				return job.Ray(ctx, address)
			}
			return job.Slurm(ctx)
		})
	}
	return nil
}
