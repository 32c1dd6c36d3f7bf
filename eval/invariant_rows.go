package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/invariants"
	"github.com/fastclip/fastclip/eval/variants"
)

// invariants checks the rules that every variant's embeddings must keep. A broken rule is a fault of the
// variant. The results and the report name it, and the variant's numbers stay.
func (r *run) invariants(ctx context.Context) error {
	r.progress.Phase("checking invariants", len(r.variants))
	r.progress.Within(variants.Patience(r.suite.Timeout))
	r.faults, r.uneven = map[*variants.Variant][]string{}, map[*variants.Variant]bool{}
	for _, v := range r.variants {
		r.progress.Add(1)
		r.progress.On(v.Spec.Name)
		r.faults[v] = slices.Clone(v.Info.Faults)
		if !v.OK() {
			continue
		}
		for _, s := range r.sets {
			if len(s.Good) == 0 {
				continue
			}
			if err := r.invariantsOf(ctx, s, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) fault(v *variants.Variant, s *embed.Set, text string) {
	if text != "" {
		r.faults[v] = append(r.faults[v], s.Spec.Name+": "+text)
	}
}

func (r *run) invariantsOf(ctx context.Context, s *embed.Set, v *variants.Variant) error {
	images, texts := s.ImageEmb[v.ImageKey], s.TextEmb[v.TextKey]
	picture := func(i int) string { return s.Good[i].Name }
	text := func(i int) string { return s.Texts[i].ID }
	r.fault(v, s, invariants.Zeros("picture", images, picture))
	r.fault(v, s, invariants.Constant("picture", images))
	r.fault(v, s, invariants.Zeros("text", texts, text))
	if differ(s) {
		r.fault(v, s, invariants.Constant("text", texts))
	}
	if v.Enc == nil || s != r.sets[0] && r.uneven[v] {
		return nil
	}
	if err := r.alone(ctx, s, v, "picture", v.ImageKey, images, picture, func(ctx context.Context, i int) (encoders.Embeddings, error) {
		return r.pictureAlone(ctx, s, v, i)
	}); err != nil || v.Info.ImageOnly {
		return err
	}
	return r.alone(ctx, s, v, "text", v.TextKey, texts, text, func(ctx context.Context, i int) (encoders.Embeddings, error) {
		tk, err := v.Tokens(ctx, []string{s.Texts[i].Text})
		if err != nil {
			return encoders.Embeddings{}, err
		}
		return v.Enc.EncodeTexts(ctx, tk)
	})
}

// differ tells whether the set has two different texts.
func differ(s *embed.Set) bool {
	for _, t := range s.Texts {
		if t.Text != s.Texts[0].Text {
			return true
		}
	}
	return false
}

func (r *run) pictureAlone(ctx context.Context, s *embed.Set, v *variants.Variant, i int) (encoders.Embeddings, error) {
	data, err := s.Good[i].Read(ctx)
	if err != nil {
		return encoders.Embeddings{}, fmt.Errorf("read %s: %w", s.Good[i].Name, err)
	}
	var px []float32
	if !v.Info.Files {
		px = make([]float32, v.Pipe.Len())
		if err := v.Pipe.Run(data, px, nil); err != nil {
			return encoders.Embeddings{}, err
		}
	}
	return v.Enc.EncodeImages(ctx, v.Pixels(1, px, [][]byte{data}))
}

// alone compares a few items embedded alone with the same items in a batch, or uses the result of an
// earlier run.
func (r *run) alone(ctx context.Context, s *embed.Set, v *variants.Variant, what, key string, in encoders.Embeddings, name func(int) string, one func(context.Context, int) (encoders.Embeddings, error)) error {
	at := invariants.Places(min(in.N, embed.ChunkSize), v.Spec.Batch)
	if len(at) == 0 {
		return nil
	}
	var b invariants.Batch
	kept, ok := r.scope().Find(func(data []byte) error { return json.Unmarshal(data, &b) }, "alone 1", what, key, v.Spec.Precision, s.ItemsHash())
	if !ok {
		within, cancel := context.WithTimeout(ctx, r.suite.Timeout)
		defer cancel()
		var err error
		limited := func(ctx context.Context, i int) (e encoders.Embeddings, err error) {
			err = r.pass.Calls.Do(ctx, func() (err error) { e, err = one(ctx, i); return err })
			return e, err
		}
		if b, err = invariants.Alone(within, in, at, invariants.Tolerance(v.Spec.Precision), name, limited); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			v.Fail(fmt.Errorf("encode one %s alone: %w", what, err))
			return nil
		}
		data, err := json.Marshal(b)
		if err != nil {
			return err
		}
		r.scope().Put(kept, data)
	}
	if text := b.Text(what); text != "" {
		r.uneven[v] = true
		r.fault(v, s, text)
	}
	return nil
}
