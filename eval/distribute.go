package eval

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/spread"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/store"
)

// Shared is a store in which several processes or machines share the work of a run.
type Shared struct {
	Store  blobstore.Store
	Mark   string // mark of a fresh run, which does not use the work of others
	Mixed  bool   // workers may be unlike this machine
	DryRun bool   // only plan
	Items  int    // pictures, or texts, per task; 0 means tasks.TaskItems
	Pairs  int    // similarities of a dataset from which workers search it; 0 means spread.Pairs
	// Work gets the tasks done. When it is nil, this process does the work itself, as without a store.
	Work func(ctx context.Context, p *tasks.Plan, todo []tasks.Task) error
}

// embedders is everything that embeds: the variants, the noise floors and the swaps.
func (r *run) embedders() []*variants.Variant {
	all := r.withSwaps()
	for _, w := range r.textSwaps {
		all = append(all, w.As)
	}
	return all
}

// planTasks cuts the run into tasks and stores them.
func (r *run) planTasks(ctx context.Context) error {
	if err := tasks.NoSecrets(r.suite); err != nil {
		return err
	}
	chosen := *r.suite
	if dir, err := filepath.Abs(chosen.Dir); err == nil {
		chosen.Dir = dir // workers start in another folder
	}
	p := &tasks.Plan{
		Suite: &chosen, Place: tasks.Here(r.host, r.cfg.Build, r.threads()), Keys: r.opener.Place, Fresh: r.cfg.Shared.Mark, Mixed: r.cfg.Shared.Mixed, Crashed: r.cfg.Crashed,
	}
	for _, v := range r.embedders() {
		e := tasks.Embeds{Variant: v.Spec.Name}
		if v.OK() && v.Enc != nil {
			e.Image, e.Text = v.ImageKey, v.TextKey
		}
		p.Embeds = append(p.Embeds, e)
	}
	r.progress.Phase("listing pictures", len(r.sets))
	groups, sizes := r.taskGroups(), tasks.Sizes{Items: r.cfg.Shared.Items, Images: embed.ChunkSize, TextChunk: embed.TextChunk}
	for _, s := range r.sets {
		set := tasks.Set{Name: s.Spec.Name, SHA256: s.Info.Hash, Texts: len(s.Texts)}
		if err := p.AddSet(ctx, r.cfg.Shared.Store, set, s.Images, s.Strings(), groups, sizes); err != nil {
			return err
		}
		r.progress.Add(1)
	}
	if err := p.Put(ctx, r.cfg.Shared.Store); err != nil {
		return err
	}
	r.tasks = p
	r.progress.Say("plan %s: %d tasks", p.SHA, len(p.Tasks))
	return nil
}

// taskGroups are the names of variants that are open together. The first group includes the reference.
func (r *run) taskGroups() (out [][]string) {
	seen := map[string]bool{}
	for _, g := range r.groups() {
		var names []string
		for _, v := range r.variants {
			if v.OK() && v.Enc != nil && r.has(g, v) && !seen[v.Spec.Name] {
				seen[v.Spec.Name] = true
				names = append(names, v.Spec.Name)
			}
		}
		if len(names) > 0 {
			out = append(out, names)
		}
	}
	return out
}

// distribute gets the missing tasks done, and takes over their results.
func (r *run) distribute(ctx context.Context) error {
	if r.tasks == nil || r.cfg.Shared.Work == nil {
		return nil
	}
	r.cache.Close() // opening the variants found facts that workers need not find again
	left, err := r.haveDone(ctx, r.tasks)
	if err != nil {
		return err
	}
	r.workers = left.Done
	return r.takeOver(left)
}

// haveDone gets the missing tasks of a plan done, and reads what they left in the store.
func (r *run) haveDone(ctx context.Context, p *tasks.Plan) (tasks.Results, error) {
	s := r.cfg.Shared.Store
	done, err := p.DoneIDs(ctx, s)
	if err != nil {
		return tasks.Results{}, err
	}
	todo := slices.DeleteFunc(slices.Clone(p.Tasks), func(t tasks.Task) bool { return done[t.ID] })
	r.progress.Say("%d of %d tasks are done already", len(p.Tasks)-len(todo), len(p.Tasks))
	if r.progress.Phase("tasks", len(todo)); len(todo) > 0 {
		if err := r.cfg.Shared.Work(ctx, p, todo); err != nil {
			return tasks.Results{}, err
		}
	}
	left, err := p.Read(ctx, s)
	if err != nil {
		return left, err
	}
	return left, errors.Join(left.Whole(p), r.cache.Refresh(ctx))
}

// search lets workers search the large datasets, and compare their similarities. score and drift then find
// the results.
func (r *run) search(ctx context.Context) error {
	if r.tasks == nil || r.cfg.Shared.Work == nil {
		return nil
	}
	r.progress.Phase("handing out searches", len(r.sets))
	in := spread.Input{
		Store: r.cfg.Shared.Store, Cache: r.cache, Suite: r.suite, Sets: r.sets, Variants: r.variants, Plan: *r.tasks, Pairs: r.cfg.Shared.pairs(),
	}
	searches, err := spread.Searches(ctx, in)
	if err != nil {
		return err
	}
	if searches != nil {
		if _, err = r.haveDone(ctx, searches); err != nil {
			return err
		}
	}
	comparisons, err := spread.Comparisons(ctx, in, r.ref)
	if err != nil || comparisons == nil {
		return err
	}
	_, err = r.haveDone(ctx, comparisons)
	return err
}

func (s *Shared) pairs() int {
	if s == nil || s.Work == nil {
		return 0
	}
	return cmp.Or(s.Pairs, spread.Pairs)
}

// takeOver records what the workers could not do.
func (r *run) takeOver(left tasks.Results) error {
	all := r.embedders()
	for _, c := range left.Crashed {
		if c.Variant == "" {
			for _, s := range r.sets {
				if s.Spec.Name == c.Set {
					s.Crash(c.Item, c.Why())
				}
			}
			continue
		}
		r.failures = append(r.failures, embed.Failure{Item: c.Variant, Stage: store.StageCrash, Reason: c.Set + ": " + c.Why()})
		for _, v := range all {
			if v.Spec.Name == c.Variant {
				v.FailAs(store.StatusFailed, c.Reason)
			}
		}
	}
	for _, d := range left.Done {
		for _, f := range d.Failed {
			if f.At < len(all) {
				all[f.At].FailAs(f.Status, f.Reason)
			}
		}
	}
	return nil
}
