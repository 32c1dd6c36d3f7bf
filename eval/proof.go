package eval

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

// errElsewhere marks a variant that ran on another provider than the one that it names.
var errElsewhere = errors.New("ran elsewhere")

// prove asks the variant's runtime which provider its models ran on. A variant that mostly ran
// on another one fails: its numbers would stand under a wrong name. What was found is kept in the
// cache under all that it depends on.
func (o *opener) prove(ctx context.Context, v *variant, cache *cache.Cache, timeout time.Duration) error {
	key := o.place.Key("proof", v.info.ImageKey, v.info.TextKey)
	if data, ok := cache.Get(key); !ok || json.Unmarshal(data, &v.proof) != nil {
		var err error
		if v.proof, err = findProof(ctx, v, timeout); err != nil {
			return err
		}
		data, err := json.Marshal(v.proof)
		if err != nil {
			return fmt.Errorf("find out where it runs: %w", err)
		}
		cache.Keep(key, data)
	}
	if v.proof == nil {
		return nil
	}
	if why := v.proof.Verdict(); why != "" {
		return fmt.Errorf("%w: %s", errElsewhere, why)
	}
	return nil
}

// findProof asks the runtime; it is nil where that does not say.
func findProof(ctx context.Context, v *variant, timeout time.Duration) (*encoders.Proof, error) {
	prover, err := proverOf(ctx, v)
	if prover == nil || err != nil {
		return nil, err
	}
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	proof, err := prover.Prove(within)
	if v.in != nil {
		v.in.tidy() // of the session apart that it took
	}
	if err != nil {
		return nil, fmt.Errorf("find out where it runs: %w", err)
	}
	return &proof, nil
}

// proverOf is the variant's encoder, opened, or nil where its runtime does not say where it ran.
func proverOf(ctx context.Context, v *variant) (encoders.Prover, error) {
	if v.in != nil {
		if _, err := v.in.open(ctx); err != nil {
			return nil, err
		}
	}
	prover, _ := encoders.As[encoders.Prover](v.enc)
	return prover, nil
}

// provenOn is what variants.parquet has of a proof.
func (v *variant) provenOn(row *store.Variant) error {
	if v.proof == nil {
		return nil
	}
	data, err := json.Marshal(map[string]any{"image": v.proof.Image.Shares, "text": v.proof.Text.Shares})
	if err != nil {
		return fmt.Errorf("variant %s: providers: %w", v.spec.Name, err)
	}
	providers := string(data)
	nodes, took := v.proof.Shares()
	row.Providers, row.ProviderNodeShare, row.ProviderTimeShare = &providers, &nodes, &took
	return nil
}
