package eval

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
)

// encode embeds every dataset with every variant, and times the variants. It works group by group; a group
// is what is in memory together. The last group comes first, because some of it is open already. Variants
// with nothing to encode or time stay closed.
func (r *run) encode(ctx context.Context) error {
	r.pass, r.sampler = r.newPass(), r.newSampler()
	groups := r.groups()
	defer r.progress.Parted()
	for i, g := range groups {
		r.progress.Part("group", i+1, len(groups))
		if err := r.encodeGroup(ctx, g, i == 0); err != nil {
			return err
		}
		if !r.suite.Skips(suite.PartTiming) {
			if err := r.wake(ctx, g); err != nil {
				return err
			}
			if err := r.time(ctx, g, i); err != nil {
				return err
			}
		}
		if i+1 < len(groups) {
			if err := g.Close(r.opener.First); err != nil {
				return err
			}
		}
	}
	for _, s := range r.sets {
		s.TakePrecomputed(r.variants)
	}
	return nil
}

// encodeGroup embeds every dataset with a group, and makes up for its variants' proofs meanwhile.
func (r *run) encodeGroup(ctx context.Context, g *variants.Group, first bool) error {
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error {
		return r.pass.Calls.Do(ctx, func() error {
			return r.opener.ProvePostponed(ctx, func(v *variants.Variant) bool { return r.has(g, v) }, r.cache, r.suite, r.progress)
		})
	})
	work.Go(func() error {
		for _, s := range r.sets {
			if err := r.embed(ctx, s, g, first); err != nil {
				return err
			}
		}
		return r.sample(ctx, g)
	})
	return work.Wait()
}

// sample measures the noise floors of large datasets, and then the swaps of the group's variants.
func (r *run) sample(ctx context.Context, g *variants.Group) error {
	if len(r.swaps)+len(r.floors) == 0 || !slices.ContainsFunc(r.sets, func(s *embed.Set) bool { return s.Sampled }) {
		return nil
	}
	r.progress.Phase("swaps and noise floor, on samples", 0)
	r.progress.Within(2 * r.suite.Timeout) // as in embed
	return r.sampler.Measure(ctx, r.variants, func(v *variants.Variant) bool { return r.has(g, v) })
}

// newPass is the setup with which the planned variants embed.
func (r *run) newPass() *embed.Pass {
	beside, texts := map[string]bool{}, map[string]bool{}
	for _, f := range r.floors {
		beside[f.As.ImageKey], texts[f.As.TextKey] = true, true
	}
	for _, w := range r.swaps {
		beside[w.As.ImageKey] = true
	}
	for _, v := range r.variants {
		delete(beside, v.ImageKey)
		delete(texts, v.TextKey)
	}
	return &embed.Pass{
		Beside: beside, BesideTexts: texts,
		Cache: r.cache, Place: r.opener.Place, Build: r.cfg.Build, Tensors: r.tensors, Calls: embed.NewCallLimit(r.threads()), Timeout: r.suite.Timeout, Progress: r.progress, Scratch: r.cfg.Cache,
		Variants: r.variants, Reference: r.ref, Images: r.withSwaps(), Texts: r.withTextSwaps(),
	}
}

// groups are the opener's groups, the last first. Without groups, it is one empty group, for a suite with
// only the reference.
func (r *run) groups() []*variants.Group {
	out := slices.Clone(r.opener.Groups)
	slices.Reverse(out)
	if len(out) > 1 {
		r.progress.Say("the variants run in %d groups, one in memory at a time with the reference (memory: %s)", len(out), r.suite.Memory)
	}
	if len(out) == 0 {
		out = append(out, &variants.Group{})
	}
	return out
}

// has tells whether the variant's encoder is in memory with the group.
func (r *run) has(g *variants.Group, v *variants.Variant) bool {
	return v.Lazy != nil && (v.Lazy == r.opener.First || slices.Contains(g.Members, v.Lazy))
}

// wake opens the group's closed variants, so that no timed call has to open one. A variant that no longer
// opens fails.
func (r *run) wake(ctx context.Context, g *variants.Group) error {
	var asleep []*variants.Lazy
	for _, v := range r.variants {
		if v.OK() && r.has(g, v) && v.Lazy.Unwrap() == nil && !slices.Contains(asleep, v.Lazy) {
			asleep = append(asleep, v.Lazy)
		}
	}
	if len(asleep) == 0 {
		return nil
	}
	r.progress.Phase("opening variants", len(asleep))
	r.progress.Within(variants.Patience(r.suite.Timeout))
	for _, e := range asleep {
		r.progress.On(e.Spec.Name)
		_, err := e.Open(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			for _, v := range slices.Concat(r.withSwaps(), r.withTextSwaps()) {
				if v.Lazy == e {
					v.Fail(err)
				}
			}
		}
		r.progress.Add(1)
	}
	return nil
}

// embed runs a dataset through a group's variants. The first pass over a dataset finds which pictures can
// be read, and compares the pipelines.
func (r *run) embed(ctx context.Context, s *embed.Set, of *variants.Group, first bool) error {
	in := func(v *variants.Variant) bool { return r.has(of, v) }
	n := 0
	for _, v := range r.variants {
		if in(v) {
			n++
		}
	}
	r.progress.Phase(fmt.Sprintf("embedding %s (%d variants)", s.Spec.Name, n), len(s.Images))
	r.progress.Within(2 * r.suite.Timeout) // a call ends after half of this, if it can be ended at all
	if err := r.pass.Run(ctx, s, in, first); err != nil {
		return err
	}
	if !first {
		return nil
	}
	for _, f := range s.Failures {
		r.progress.Say("%s/%s skipped for all variants: %s: %s", f.Dataset, f.Item, f.Stage, f.Reason)
	}
	r.failures = append(r.failures, s.Failures...)
	return nil
}
