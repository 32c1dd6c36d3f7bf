package eval

import (
	"context"
	"fmt"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/precomputed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
)

// runtimePrecomputed is the runtime of variants whose embeddings lie in a folder, spec.Model: they
// are scored and compared, and nothing of them is timed.
const runtimePrecomputed = "precomputed"

// openVariant opens a variant of the suite; how it failed is its status.
func (r *run) openVariant(ctx context.Context, spec encoders.Spec) *variant {
	if spec.Runtime != runtimePrecomputed {
		return r.opener.open(ctx, spec, r.suite.Context)
	}
	// What made the embeddings is not known here.
	spec.Preprocess, spec.Tokenizer, spec.Provider, spec.Precision, spec.Image, spec.Text, spec.Batch, spec.Threads = "", "", "", "", "", "", 0, 0
	v := &variant{spec: spec, status: store.StatusOK, given: map[string]*precomputed.Tables{}}
	if err := v.openGiven(r.suite.Datasets); err != nil {
		v.fail(err)
	}
	return v
}

func (v *variant) openGiven(sets []suite.DatasetSpec) error {
	parts := []string{runtimePrecomputed}
	for _, d := range sets {
		t, err := precomputed.Open(v.spec.Model, d.Name)
		if err != nil {
			return err
		}
		sum, err := t.SHA256()
		if err != nil {
			return fmt.Errorf("embeddings: %w", err)
		}
		if v.info.Dim > 0 && v.info.Dim != t.Image.Dim() {
			return fmt.Errorf("embeddings of %s have %d values, those before %d", d.Name, t.Image.Dim(), v.info.Dim)
		}
		v.info.Dim, v.given[d.Name] = t.Image.Dim(), t
		parts = append(parts, d.Name, sum)
	}
	v.info.ModelSHA256 = cache.Key(parts...)
	v.imageKey, v.textKey = cache.Key("image", v.info.ModelSHA256), cache.Key("text", v.info.ModelSHA256)
	return nil
}

// takeGiven takes a dataset's embeddings from the variants that bring them. One that lacks any
// fails: its scores would be of another gallery than the others'.
func (r *run) takeGiven(s *set) {
	for _, v := range r.variants {
		t := v.given[s.spec.Name]
		if !v.ok() || t == nil {
			continue
		}
		images := gather{table: t.Image}
		for _, im := range s.good {
			images.add(im.Name, im.ID, im.Name)
		}
		texts := gather{table: t.Text}
		for _, text := range s.texts {
			texts.add(text.Text, text.ID, text.Text)
		}
		var prompts gather
		if s.zero != nil {
			prompts.table = t.Text
			for _, p := range s.zero.prompts {
				prompts.add(p, p)
			}
		}
		for i, g := range []gather{images, texts, prompts} {
			if g.missing > 0 {
				what := [...]string{"pictures", "texts", "prompts of its templates"}[i]
				v.fail(fmt.Errorf("no embeddings of %d of the %d %s of %s: first: %q", g.missing, g.missing+g.out.N, what, s.spec.Name, g.first))
			}
		}
		if !v.ok() {
			continue
		}
		s.imageEmb[v.imageKey], s.textEmb[v.textKey] = images.out, texts.out
		if s.zero != nil {
			s.zero.emb[v.textKey] = prompts.out
		}
	}
}

// gather collects embeddings in order.
type gather struct {
	table   *precomputed.Table
	out     encoders.Embeddings
	missing int
	first   string // that is missing
}

func (g *gather) add(name string, ids ...string) {
	row, ok := g.table.Find(ids...)
	if !ok {
		if g.missing++; g.missing == 1 {
			g.first = name
		}
		return
	}
	g.out.N, g.out.Dim = g.out.N+1, len(row)
	g.out.Data = append(g.out.Data, row...)
}
