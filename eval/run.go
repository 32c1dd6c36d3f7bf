// Package eval plans and runs a suite. It sends labelled datasets through encoder variants, and produces
// scores, drift against a reference, and timings.
package eval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/attribute"
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

// Config holds what a run needs besides its suite.
type Config struct {
	Suite    *suite.Suite
	Out      string          // the run's folder; empty for one of its own under Root
	Root     string          // parent folder of runs without a folder of their own
	History  string          // or the results root in which each run is filed by its date: history.Partition
	Cache    string          // finished work, shared by all runs
	Tensors  int64           // most bytes of preprocessed pictures kept between runs
	Since    time.Time       // a fresh run uses work that was finished later
	Fresh    bool            // use no finished work
	Env      encoders.Env    // resources of encoders
	Art      fs.FS           // art for generated scenes
	Progress io.Writer       // messages and progress, or nil
	Tool     string          // version of the program
	Commit   string          // commit that it was built from, or empty
	Build    string          // build of the program, which does not use finished work of other builds
	Shared   *Shared         // store that machines share, or nil
	Crashed  []tasks.Crashed // variants that have ended processes and stay closed
}

// Outcome is a finished run.
type Outcome struct {
	Dir      string
	Reused   bool        // nothing has changed, and the folder is an earlier run's
	Failures int         // number of variants, datasets and pictures that the results list with a reason
	Tasks    *tasks.Plan // for a dry run
}

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

func newRun(cfg Config) (*run, error) {
	finished, err := openCache(cfg)
	if err != nil {
		return nil, err
	}
	l := variants.NewLogs()
	cfg.Env.Stderr = l.Writer
	r := bareRun(cfg, finished)
	finished.Warn = r.progress.Say
	r.opener.Env.Kept, r.logs = variants.Facts{Scope: r.scope()}, l
	if r.tensors, err = cache.OpenTensors(filepath.Join(cfg.Cache, cache.TensorsDir), cfg.Fresh, cfg.Tensors, r.progress.Say); err != nil {
		r.progress.Say("preprocessed pictures are not kept: %v", err)
	}
	return r, nil
}

// openCache opens the cache of this machine or of the store.
func openCache(cfg Config) (*cache.Cache, error) {
	if cfg.Shared != nil {
		finished, err := cache.OpenIn(context.Background(), cfg.Shared.Store, tasks.Only(cfg.Shared.Mark))
		if err == nil {
			finished.WriteSoon()
		}
		return finished, err
	}
	finished, err := cache.Open(cfg.Cache, cfg.Fresh)
	if err == nil && cfg.Fresh && !cfg.Since.IsZero() {
		err = finished.After(context.Background(), cfg.Since)
	}
	if err == nil {
		finished.Expire(time.Now())
	}
	return finished, err
}

// bareRun is the common start of a run and of a bench; close ends it. Its encoders open at once, because
// it keeps no facts from earlier runs about them.
func bareRun(cfg Config, cache *cache.Cache) *run {
	r := &run{cfg: cfg, suite: cfg.Suite, host: machine.ThisHost(), cache: cache, progress: progress.New(cfg.Progress)}
	cfg.Env.Retried, cfg.Env.Timeout = r.retries.Add, cfg.Suite.Timeout
	r.opener = variants.NewOpener(cfg.Env, r.host.CPU, cfg.Build)
	r.opener.Crashed = map[string]string{}
	for _, c := range cfg.Crashed {
		r.opener.Crashed[c.Variant] = c.Reason
		r.failures = append(r.failures, embed.Failure{Item: c.Variant, Stage: store.StageCrash, Reason: c.Why()})
	}
	return r
}

// close closes what was opened.
func (r *run) close() error {
	r.cache.Close()
	r.progress.Stop()
	var errs []error
	for _, s := range r.sets {
		errs = append(errs, s.Dataset.Close())
	}
	return errors.Join(append(errs, r.opener.Close())...)
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
	for _, step := range []func(context.Context) error{r.distribute, r.encode, r.invariants, r.measureSaturation, r.search, r.score, r.drift, r.attribute} {
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

// openVariants finds out what the suite's variants are.
func (r *run) openVariants(ctx context.Context) {
	r.variants, r.ref = r.opener.OpenAll(ctx, r.suite, r.host, r.cache, r.progress)
}

// where the suite's datasets are.
func (r *run) where() embed.Where {
	return embed.Where{Dir: r.suite.Dir, Art: r.cfg.Art, Cache: r.cfg.Cache, Limit: r.suite.Limit}
}

// openSets opens the datasets, all at once; one that cannot be opened is a failure, none at all is an error.
func (r *run) openSets(ctx context.Context) error {
	r.progress.Phase("preparing datasets", len(r.suite.Datasets))
	opened, failed := make([]*embed.Set, len(r.suite.Datasets)), make([]error, len(r.suite.Datasets))
	machine.OnCores(len(opened), func(i int) {
		opened[i], failed[i] = embed.OpenSet(ctx, r.suite.Datasets[i], r.where())
		r.progress.Add(1)
	})
	for i, spec := range r.suite.Datasets {
		if failed[i] == nil {
			opened[i].Sampled = r.suite.Samples(len(opened[i].Images))
			r.sets = append(r.sets, opened[i])
			continue
		}
		r.failures = append(r.failures, embed.Failure{Dataset: spec.Name, Stage: "open", Reason: variants.Reason(failed[i])})
		r.progress.Say("%s%v", r.suite.Place("dataset", spec.Name), failed[i])
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(r.sets) == 0 {
		return fmt.Errorf("no dataset could be opened: %w", errors.Join(failed...))
	}
	return nil
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
	in := timing.Input{RunID: r.id, Timing: r.suite.Timing, Set: r.sets[at], Group: number, Progress: r.progress}
	for _, v := range r.variants {
		if r.has(g, v) {
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
