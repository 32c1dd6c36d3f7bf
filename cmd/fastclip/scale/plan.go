package scale

import (
	"context"
	"fmt"

	"github.com/fastclip/fastclip/cluster"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/machine"
)

// job describes the work for a cluster.
func (g Program) job(f Flags, p *tasks.Plan, todo []tasks.Task) (cluster.Job, error) {
	return cluster.NewJob(f.Store, p, todo, f.Slices, g.Stdout, g.Stderr)
}

// printPlan prints the plan for --dry-run.
func (g Program) printPlan(ctx context.Context, f Flags, p *tasks.Plan) error {
	s, err := blobstore.Open(ctx, f.Store)
	if err != nil {
		return err
	}
	done, err := p.DoneIDs(ctx, s)
	if err != nil {
		return err
	}
	var todo []tasks.Task
	for _, t := range p.Tasks {
		if !done[t.ID] {
			todo = append(todo, t)
		}
	}
	out := g.Stdout
	if f.On == "slurm" || f.On == "k8s" {
		out = g.Stderr // stdout is for the script
	}
	cost, err := p.Cost(ctx, s, todo)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "plan %s\ntasks %d, of which %d are to be done\nitems %d, times the variants that embed them\nhours %s\nbytes %s\nfastclip work --store %s --plan %s --slice 1/1\n",
		p.SHA, len(p.Tasks), len(todo), cost.Items, cost.Hours(), cost.Size(), f.Store, p.SHA)
	job, err := g.job(f, p, todo)
	if err != nil {
		return err
	}
	switch f.On {
	case "slurm":
		_, err = fmt.Fprint(g.Stdout, job.Script())
	case "k8s":
		_, err = fmt.Fprint(g.Stdout, job.YAML())
	}
	return err
}

// timeOn checks which machine measures timings: this one if it is named, otherwise none.
func (g Program) timeOn(name string, s *suite.Suite) error {
	if here := machine.ThisHost().Name; name != "" && name != here && name != "localhost" {
		return cli.WrongCall(fmt.Errorf("--time-on %s: eval measures timings on the machine where it is started, and that is %s", name, here))
	}
	if name == "" && !s.Skips(suite.PartTiming) {
		fmt.Fprintln(g.Stderr, "no timings: name the machine that measures them with --time-on")
		s.Skip = append(s.Skip[:len(s.Skip):len(s.Skip)], suite.PartTiming)
	}
	return nil
}
