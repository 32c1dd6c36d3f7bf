package variants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
)

// errElsewhere marks a variant that ran on another provider than the one it names.
var errElsewhere = errors.New("ran elsewhere")

// Prove asks the variant's runtime which provider its models ran on. A variant that ran mostly on another
// provider fails, because its numbers would have the wrong name. The result is cached under everything
// that it depends on.
func (o *Opener) Prove(ctx context.Context, v *Variant, cache *cache.Cache, timeout time.Duration) error {
	key := o.Place.Key("proof", v.Info.ImageKey, v.Info.TextKey)
	if data, ok := cache.Get(key); !ok || json.Unmarshal(data, &v.Proof) != nil {
		var err error
		if v.Proof, err = findProof(ctx, v, timeout); err != nil {
			return err
		}
		data, err := json.Marshal(v.Proof)
		if err != nil {
			return fmt.Errorf("find out where it runs: %w", err)
		}
		cache.Keep(key, data)
	}
	if v.Proof == nil {
		return nil
	}
	if why := v.Proof.Verdict(); why != "" {
		return fmt.Errorf("%w: %s", errElsewhere, why)
	}
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
