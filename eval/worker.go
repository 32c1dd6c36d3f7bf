package eval

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/spread"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/machine"
)

// Worker does tasks of a plan and leaves the results in the store.
type Worker struct {
	run   *run
	store blobstore.Store
	plan  *tasks.Plan
	here  tasks.Place
	pass  *embed.Pass
	data  tasks.Reader

	searches spread.Worker
}

// OpenWorker opens a worker for a plan. On a machine that is not the plan's place, the error is
// tasks.ErrElsewhere.
func OpenWorker(ctx context.Context, cfg Config, s blobstore.Store, p *tasks.Plan) (w *Worker, err error) {
	host := machine.ThisHost()
	w = &Worker{store: s, plan: p, here: tasks.Here(host, cfg.Build, p.Place.Threads), data: tasks.Reader{Store: s, Plan: p, Art: cfg.Art, Cache: cfg.Cache}}
	if err := p.Place.Differs(w.here); err != nil && !p.Mixed {
		return nil, err
	}
	finished, err := cache.OpenIn(ctx, s, tasks.Only(p.Fresh))
	if err != nil {
		return nil, err
	}
	cfg.Suite, cfg.Build, cfg.Crashed = p.Suite, p.Place.Build, p.Crashed
	logs := variants.NewLogs()
	cfg.Env.Stderr = logs.Writer
	r := bareRun(cfg, finished)
	r.logs, r.host.Cores, r.opener.Place = logs, p.Place.Cores, p.Keys
	r.opener.Env.Kept = variants.Facts{Scope: r.scope()}
	w.run = r
	w.searches = spread.Worker{Store: s, Plan: p, Kept: r.scope(), Scratch: cfg.Cache, Alive: r.progress.Alive}
	if err := w.prepare(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// prepare opens the variants and checks that they are those of the plan.
func (w *Worker) prepare(ctx context.Context) error {
	r := w.run
	if len(w.plan.Embeds) == 0 {
		return nil // a search uses embeddings that others have made
	}
	r.openVariants(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i, v := range r.variants {
		if planned := w.plan.Embeds[i]; planned.Image+planned.Text != "" && !v.OK() {
			return fmt.Errorf("%w: variant %s: %s", tasks.ErrElsewhere, planned.Variant, v.Reason)
		}
	}
	if err := r.planRest(ctx); err != nil {
		return err
	}
	all := r.embedders()
	if len(all) != len(w.plan.Embeds) { // for example, when another number of threads is available
		return fmt.Errorf("%w: this program plans %d encodings, but the plan has %d", tasks.ErrElsewhere, len(all), len(w.plan.Embeds))
	}
	for i, v := range all {
		want := w.plan.Embeds[i]
		switch {
		case want.Image == "" && want.Text == "":
			v.Fail(errors.New("it could not be opened on the machine that planned the run"))
		case !v.OK():
			return fmt.Errorf("%w: variant %s: %s", tasks.ErrElsewhere, want.Variant, v.Reason)
		case (v.ImageKey != want.Image || v.TextKey != want.Text) && !w.plan.Mixed:
			return fmt.Errorf("%w: variant %s has another model or runtime here", tasks.ErrElsewhere, want.Variant)
		}
		v.ImageKey, v.TextKey = want.Image, want.Text
	}
	w.pass = r.newPass()
	return nil
}

// Close closes what was opened.
func (w *Worker) Close() error {
	w.run.cache.Discard()
	return errors.Join(w.data.Close(), w.run.close(), w.run.logs.Close())
}

// Do does a task or a part of one. A trial keeps no results.
func (w *Worker) Do(ctx context.Context, t tasks.Task, trial bool) (tasks.Done, error) {
	started, usage := time.Now(), machine.CPUTime()
	done := tasks.Done{Task: t.ID, Host: w.run.host.Name, Place: w.here, Items: (t.To - t.From) * len(t.Variants)}
	if err := w.others(t.Variants); err != nil {
		return done, err
	}
	crashes, err := w.plan.Crashes(ctx, w.store)
	if err != nil {
		return done, err
	}
	in := func(v *variants.Variant) bool { return slices.Contains(t.Variants, v.Spec.Name) }
	before := w.busy()
	switch t.Kind {
	case tasks.KindImages:
		err = w.images(ctx, t, crashes, in)
	case tasks.KindTexts:
		done.Items *= embed.TextChunk
		err = w.texts(ctx, t, in)
	case tasks.KindScore, tasks.KindDrift:
		err = w.searches.Do(ctx, t)
	default:
		err = fmt.Errorf("task %s is of the kind %q, which this program does not know", t.ID, t.Kind)
	}
	if err != nil || trial {
		w.run.cache.Discard()
		return done, err
	}
	done.Failed = tasks.FailedOf(w.run.embedders())
	done.Failed = slices.DeleteFunc(done.Failed, func(f tasks.Failed) bool { return !in(w.run.embedders()[f.At]) })
	if done.Segments, err = w.run.cache.Commit(w.plan.Prefix(t), fmt.Sprintf("%s (%s)", done.Host, w.here.CPUClass)); err != nil {
		return done, fmt.Errorf("task %s, %s %d to %d of %s: %w", t.ID, t.Kind, t.From, t.To, w.plan.Sets[t.Set].Name, err)
	}
	done.Seconds, done.CPU = time.Since(started).Seconds(), (machine.CPUTime() - usage).Seconds()
	took := w.busy()
	for name := range took {
		took[name] -= before[name]
	}
	done.By = tasks.Shares(done, t.Variants, took, func(name string) bool {
		return slices.ContainsFunc(w.run.variants, func(v *variants.Variant) bool {
			return v.Spec.Name == name && v.Spec.Provider != "cpu" && v.Spec.Provider != ""
		})
	})
	return done, nil
}

// busy is how long the encoders of each variant have worked so far, including its swaps and noise floors.
func (w *Worker) busy() map[string]time.Duration {
	out := map[string]time.Duration{}
	for _, v := range w.run.embedders() {
		out[v.Spec.Name] += time.Duration(v.Busy.Load())
	}
	return out
}

// images embeds the pictures of a task, without pictures that end processes.
func (w *Worker) images(ctx context.Context, t tasks.Task, crashes []tasks.Crashed, in func(*variants.Variant) bool) error {
	images, err := w.data.Images(ctx, t)
	if err != nil {
		return err
	}
	spec, crashed := w.data.Spec(t), map[string]string{}
	for _, c := range crashes {
		if c.Set == spec.Name && c.Item != "" {
			crashed[c.Item] = c.Reason
		}
	}
	part := embed.PartOf(spec, images, nil, crashed)
	part.Sampled = w.plan.Suite.Samples(w.plan.Sets[t.Set].Images)
	return w.pass.RunImages(ctx, part, in, true)
}

// texts embeds chunks of a dataset's texts.
func (w *Worker) texts(ctx context.Context, t tasks.Task, in func(*variants.Variant) bool) error {
	texts, err := w.data.Texts(ctx, t)
	if err != nil {
		return err
	}
	part := embed.PartOf(w.data.Spec(t), nil, texts, nil)
	part.Sampled = w.plan.Suite.Samples(w.plan.Sets[t.Set].Images)
	return w.pass.RunTexts(ctx, part, in, t.From, t.To)
}

// others closes the encoders of variants that the task does not use.
func (w *Worker) others(names []string) error {
	wanted := map[*variants.Lazy]bool{}
	all := w.run.embedders()
	for _, v := range all {
		if v.Lazy != nil && slices.Contains(names, v.Spec.Name) {
			wanted[v.Lazy] = true
		}
	}
	var errs []error
	for _, v := range all {
		if v.Lazy != nil && !wanted[v.Lazy] {
			errs = append(errs, v.Lazy.Close())
		}
	}
	return errors.Join(errs...)
}
