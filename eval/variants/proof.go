package variants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// errElsewhere marks a variant that ran on another provider than the one it names.
var errElsewhere = errors.New("ran elsewhere")

// Prove asks the variant's runtime which provider its models ran on. A variant that ran mostly on another
// provider fails, because its numbers would have the wrong name. The result is cached under everything
// that it depends on.
func (o *Opener) Prove(ctx context.Context, v *Variant, cache *cache.Cache, timeout time.Duration) error {
	if !o.proven(v, cache) {
		var err error
		if v.Proof, err = findProof(ctx, v, timeout); err != nil {
			return err
		}
		data, err := json.Marshal(v.Proof)
		if err != nil {
			return fmt.Errorf("find out where it runs: %w", err)
		}
		cache.Keep(o.proofKey(v), data)
	}
	if v.Proof == nil {
		return nil
	}
	if why := v.Proof.Verdict(); why != "" {
		return fmt.Errorf("%w: %s", errElsewhere, why)
	}
	return nil
}

func (o *Opener) proofKey(v *Variant) string {
	return o.Place.Key("proof", v.Info.ImageKey, v.Info.TextKey)
}

// proven tells whether the proof is known, and takes it over.
func (o *Opener) proven(v *Variant, cache *cache.Cache) bool {
	data, ok := cache.Get(o.proofKey(v))
	return ok && json.Unmarshal(data, &v.Proof) == nil
}

// postpones tells whether the variant's proof can wait until others encode. It costs another load of the models, and
// what runs on the processor alone can run nowhere else.
func (o *Opener) postpones(v *Variant, cache *cache.Cache) bool {
	return o.Later && v.Spec.Runtime == encoders.ONNXRuntime && v.Spec.Provider == "cpu" && !o.proven(v, cache)
}

// ProvePostponed makes up for the proofs of those variants that were postponed and are in memory.
func (o *Opener) ProvePostponed(ctx context.Context, in func(*Variant) bool, cache *cache.Cache, of *suite.Suite, p *progress.Progress) error {
	var left []*Variant
	for _, v := range o.postponed {
		if !in(v) {
			left = append(left, v)
			continue
		}
		if !v.OK() {
			continue
		}
		err := o.Prove(ctx, v, cache, of.Timeout)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			v.Fail(err)
			v.Lazy.lose()
			p.Say("%s%s: %s: %s", of.Place("variant", v.Spec.Name), v.Spec.Name, v.Status, v.Reason)
		}
	}
	o.postponed = left
	return nil
}

// findProof asks the runtime. It is nil when the runtime does not say.
func findProof(ctx context.Context, v *Variant, timeout time.Duration) (*encoders.Proof, error) {
	prover, err := proverOf(ctx, v)
	if prover == nil || err != nil {
		return nil, err
	}
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	proof, err := prover.Prove(within)
	if v.Lazy != nil {
		v.Lazy.tidy() // return the memory of the separate session
	}
	if err != nil {
		return nil, fmt.Errorf("find out where it runs: %w", err)
	}
	return &proof, nil
}

// proverOf is the variant's encoder, opened, or nil when its runtime does not say where it ran.
func proverOf(ctx context.Context, v *Variant) (encoders.Prover, error) {
	if v.Lazy != nil {
		if _, err := v.Lazy.Open(ctx); err != nil {
			return nil, err
		}
	}
	prover, _ := encoders.As[encoders.Prover](v.Enc)
	return prover, nil
}

// ProvenOn is the part of a proof that variants.parquet stores.
func (v *Variant) ProvenOn(row *store.Variant) error {
	if v.Proof == nil {
		return nil
	}
	data, err := json.Marshal(map[string]any{"image": v.Proof.Image.Shares, "text": v.Proof.Text.Shares})
	if err != nil {
		return fmt.Errorf("variant %s: providers: %w", v.Spec.Name, err)
	}
	providers := string(data)
	nodes, took := v.Proof.Shares()
	if share, ok := v.Proof.InPrecision(v.Spec.Precision); ok {
		row.PrecisionShare = &share
	}
	row.Providers, row.ProviderNodeShare, row.ProviderTimeShare = &providers, &nodes, &took
	return nil
}
