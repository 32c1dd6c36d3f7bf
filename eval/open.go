package eval

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

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
	r.opener.Later, r.opener.Alive = cfg.Shared == nil && cfg.Since.IsZero(), r.progress.Alive // after a death, one thing at a time tells the cause
	if r.tensors, err = cache.OpenTensors(filepath.Join(cfg.Cache, cache.TensorsDir), cfg.Fresh, cfg.Tensors, r.progress.Say); err != nil {
		r.progress.Say("preprocessed pictures are not stored for later runs: %v", err)
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
