package eval

import (
	"context"
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
)

// ErrOtherPlan is the error for a re-run that would use another program, suite, dataset, model or machine
// than the run that it repeats.
var ErrOtherPlan = errors.New("the run cannot be repeated here")

// Retime repeats only the timings of a run. It times all variants in turn, round by round, as Run does.
// plan is the run's plan_sha256; it must equal the plan that this program makes, and "" accepts any. A
// variant that fails is an error.
func Retime(ctx context.Context, cfg Config, plan string) (rows []store.Timing, err error) {
	cache, err := cache.Open(cfg.Cache, cfg.Fresh)
	if err != nil {
		return nil, err
	}
	r := bareRun(cfg, cache)
	defer func() { err = errors.Join(err, r.close()) }()
	r.openVariants(ctx)
	if err := r.openSets(ctx); err != nil {
		return nil, err
	}
	if r.plan = r.planKey(); plan != "" && r.plan != plan {
		return nil, fmt.Errorf("%w: the program, suite, dataset, model or machine differs", ErrOtherPlan)
	}
	for _, s := range r.sets {
		s.Good = s.Images // a picture that cannot be read is an error below
	}
	for i, g := range r.groups() {
		if err := r.wake(ctx, g); err != nil {
			return nil, err
		}
		if err := errors.Join(r.time(ctx, g, i), g.Close(r.opener.First)); err != nil {
			return nil, err
		}
	}
	for _, v := range r.variants {
		if !v.OK() && v.Status != store.StatusUnavailable {
			return nil, fmt.Errorf("variant %s: %s", v.Spec.Name, v.Reason)
		}
	}
	return r.rows.Timings, nil
}
