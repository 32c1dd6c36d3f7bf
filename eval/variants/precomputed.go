package variants

import (
	"context"
	"fmt"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants/precomputed"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
)

// runtimePrecomputed is the runtime of variants whose embeddings are in a folder, spec.Model. They are
// scored and compared, but not timed.
const runtimePrecomputed = "precomputed"

// OpenIn opens a variant of the suite. If it fails, the status says why.
func (o *Opener) OpenIn(ctx context.Context, of *suite.Suite, spec encoders.Spec) *Variant {
	if spec.Runtime != runtimePrecomputed {
		return o.Open(ctx, spec, of.Context)
	}
	// Nothing is known about what made the embeddings.
	spec.Preprocess, spec.Tokenizer, spec.Provider, spec.Precision, spec.Image, spec.Text, spec.Batch, spec.Threads = "", "", "", "", "", "", 0, 0
	v := &Variant{Spec: spec, Status: store.StatusOK, Precomputed: map[string]*precomputed.Tables{}}
	if err := v.openPrecomputed(o.Env.Path(spec.Model), of.Datasets); err != nil {
		v.Fail(err)
	}
	return v
}

func (v *Variant) openPrecomputed(folder string, sets []suite.DatasetSpec) error {
	parts := []string{runtimePrecomputed}
	for _, d := range sets {
		t, err := precomputed.Open(folder, d.Name)
		if err != nil {
			return err
		}
		sum, err := t.SHA256()
		if err != nil {
			return fmt.Errorf("embeddings: %w", err)
		}
		if v.Info.Dim > 0 && v.Info.Dim != t.Image.Dim() {
			return fmt.Errorf("embeddings of %s have %d values, but those of earlier datasets have %d", d.Name, t.Image.Dim(), v.Info.Dim)
		}
		v.Info.Dim, v.Precomputed[d.Name] = t.Image.Dim(), t
		parts = append(parts, d.Name, sum)
	}
	v.Info.ModelSHA256 = cache.Key(parts...)
	v.ImageKey, v.TextKey = cache.Key("image", v.Info.ModelSHA256), cache.Key("text", v.Info.ModelSHA256)
	return nil
}
