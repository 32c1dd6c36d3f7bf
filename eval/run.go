// Package eval plans and runs a suite. It sends labelled datasets through encoder variants, and produces
// scores, drift against a reference, and timings.
package eval

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/fastclip/fastclip/eval/attribute"
	"github.com/fastclip/fastclip/eval/checkpoints"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/eval/timing"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// run is one execution of a suite.
type run struct {
	cfg       Config
	suite     *suite.Suite
	host      machine.Host
	cache     *cache.Cache
	tensors   *cache.Tensors
	opener    *variants.Opener
	variants  []*variants.Variant
	ref       *variants.Variant
	swaps     []*attribute.Swap
	textSwaps []*attribute.Swap
	floors    []attribute.Floor
	sampler   *attribute.Sampler
	sets      []*embed.Set
	found     map[*embed.Set][][]score.Found // by variant, then by direction
	failures  []embed.Failure
	pass      *embed.Pass
	faults    map[*variants.Variant][]string // broken rules that every encoder must keep
	uneven    map[*variants.Variant]bool     // variants whose embeddings depend on the batch
	progress  *progress.Progress
	retries   variants.Retries
	logs      *variants.Logs
	tasks     *tasks.Plan  // of a run over a shared store
	workers   []tasks.Done // what its workers did

	id      string
	started time.Time
	after   []string // runs that came first, although their clocks say later
	plan    string   // hash of everything that the results depend on
	rows    store.Results
	queries []iter.Seq[store.Query] // rows that are made while they are written
}

// Run executes a suite and writes its results. An interrupted run continues where it stopped. A finished run whose
// inputs have not changed is returned as it is. The error concerns the run as a whole: failures of variants,
// datasets and pictures are in the results.
func Run(ctx context.Context, cfg Config) (Outcome, error) {
	r, err := newRun(cfg)
	if err != nil {
		return Outcome{}, err
	}
	out, err := r.execute(ctx)
	closed := errors.Join(r.close(), r.logs.Close())
	if err == nil && closed != nil { // the run is complete
		r.progress.Say("closing what was open: %v", closed)
		closed = nil
	}
	return out, errors.Join(err, closed)
}

func (r *run) execute(ctx context.Context) (Outcome, error) {
	r.openVariants(ctx)
	if err := r.planRest(ctx); err != nil {
		return Outcome{}, err
	}
	if err := r.openSets(ctx); err != nil {
		return Outcome{}, err
	}
	r.plan = r.planKey()
	if r.cfg.Shared != nil {
		if err := r.planTasks(ctx); err != nil || r.cfg.Shared.DryRun {
			return Outcome{Tasks: r.tasks}, err
		}
	}
	dir, held, done, err := r.takeFolder()
	if err != nil {
		return Outcome{}, err
	}
	if done {
		n, err := countFailures(dir)
		return Outcome{Dir: dir, Reused: true, Failures: n}, err
	}
	out, err := r.compute(ctx, dir)
	return out, errors.Join(err, held.Close())
}

// planRest plans everything that embeds in addition to the variants.
func (r *run) planRest(ctx context.Context) error {
	if !r.suite.Skips(suite.PartSwaps) {
		var err error
		if r.swaps, r.textSwaps, err = attribute.Swaps(r.opener, r.ref, r.variants); err != nil {
			return err
		}
	}
	if !r.suite.Skips(suite.PartFloor) {
		r.progress.On(r.ref.Spec.Name)
		r.floors = attribute.Floors(ctx, r.opener, r.ref, r.host.Cores, r.suite.Context, r.progress.Say)
	}
	return nil
}

// compute does the rest of the run.
func (r *run) compute(ctx context.Context, dir string) (Outcome, error) {
	if err := r.logs.Place(dir); err != nil {
		return Outcome{}, err
	}
	for _, step := range []func(context.Context) error{r.distribute, r.encode, r.invariants, r.measureSaturation, r.search, r.score, r.compare} {
		if err := step(ctx); err != nil {
			return Outcome{}, err
		}
	}
	if err := r.replan(dir); err != nil {
		return Outcome{}, err
	}
	if err := r.write(dir); err != nil {
		return Outcome{}, err
	}
	if r.cfg.Out == "" && r.cfg.History == "" {
		if err := store.PointLatest(dir); err != nil {
			r.progress.Say("%v", err) // the run is written
		}
	}
	n, err := countFailures(dir)
	return Outcome{Dir: dir, Failures: n}, err
}

// planKey is a hash of everything that the results depend on besides chance.
func (r *run) planKey() string {
	parts := []string{"plan 1", strings.Join(r.suite.Skip, ","), r.cfg.Build, r.suite.SHA256, r.host.Name, r.host.CPU, fmt.Sprint(r.host.Cores)}
	for _, s := range r.sets {
		parts = append(parts, s.Spec.Name, s.Info.Hash)
	}
	for _, v := range r.variants {
		parts = append(parts, v.Spec.Name, v.Status, v.Reason, v.ImageKey, v.TextKey)
	}
	return cache.Key(parts...)
}

// threads is the largest number of threads that a variant's calls use.
func (r *run) threads() int {
	n := 1
	for _, v := range r.variants {
		n = max(n, v.Spec.Threads)
	}
	return n
}

// score scores what was embedded.
func (r *run) score(ctx context.Context) error {
	out, err := score.Run(ctx, score.Input{RunID: r.id, Suite: r.suite, Sets: r.sets, Variants: r.variants, Reference: r.ref, Kept: r.scope(), Progress: r.progress, Spread: r.cfg.Shared.pairs()})
	r.rows.Scores, r.rows.Pooled, r.queries, r.found = out.Scores, out.Pooled, out.Queries, out.Found
	return err
}

// time times a group's variants and the reference on the first dataset with pictures.
func (r *run) time(ctx context.Context, g *variants.Group, number int) error {
	at := slices.IndexFunc(r.sets, func(s *embed.Set) bool { return len(s.Good) > 0 })
	if at < 0 {
		return nil
	}
	in := timing.Input{RunID: r.id, Timing: r.suite.Timing, Set: r.sets[at], Group: number, Timeout: r.suite.Timeout, Progress: r.progress}
	for _, v := range r.variants {
		if v.OK() && r.has(g, v) {
			in.Variants = append(in.Variants, v)
		}
	}
	if number < len(r.opener.Groups)-1 && !slices.ContainsFunc(in.Variants, func(v *variants.Variant) bool { return v.Lazy != r.opener.First }) {
		return nil // the reference is alone with encoders of the noise floor
	}
	rows, err := timing.Measure(ctx, in)
	r.rows.Timings = append(r.rows.Timings, rows...)
	return err
}

// compare compares the variants with the reference.
func (r *run) compare(ctx context.Context) (err error) {
	r.rows.Drift, err = checkpoints.Rows(ctx, checkpoints.Input{
		RunID: r.id, Suite: r.suite, Sets: r.sets, Variants: r.variants, Reference: r.ref, Found: r.found, Swaps: r.swaps, TextSwaps: r.textSwaps, Floors: r.floors,
		NoFloor: r.noFloor() != nil, Sampler: r.sampler, Kept: r.scope(), Pairs: r.cfg.Shared.pairs(), Progress: r.progress,
	})
	return err
}
