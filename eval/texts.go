package eval

import (
	"context"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders"
)

// textChunk is how many texts are the unit of the cache.
const textChunk = 256

// textPass embeds a dataset's texts with every live variant.
func (r *run) textPass(ctx context.Context, s *set) error {
	all := s.strings()
	todo := jobs(r.withFloors(), func(v *variant) string { return v.textKey }, r.suite.Timeout)
	out := make([]encoders.Embeddings, len(todo))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, runtime.NumCPU()/r.threads()))
	for i, j := range todo {
		g.Go(func() error {
			return j.do(ctx, func(ctx context.Context, v *variant) error {
				for texts := range slices.Chunk(all, textChunk) {
					e, err := r.embedTexts(ctx, v, texts)
					if err != nil {
						return err
					}
					out[i].N, out[i].Dim = out[i].N+e.N, e.Dim
					out[i].Data = append(out[i].Data, e.Data...)
				}
				return nil
			})
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, j := range todo {
		if j.ok() {
			s.keepTexts(j.key, out[i])
		}
	}
	return nil
}

// embedTexts is the embeddings of some texts, from the cache or from the encoder.
func (r *run) embedTexts(ctx context.Context, v *variant, texts []string) (encoders.Embeddings, error) {
	key := Key(append([]string{"texts", v.textKey}, texts...)...)
	if data, ok := r.cache.Get(key); ok {
		if e, err := unmarshal(data); err == nil && e.N == len(texts) {
			return e, nil
		}
	}
	order := v.order(len(texts))
	e, err := v.enc.EncodeTexts(ctx, r.tokens(v, permuted(texts, order)))
	if err != nil {
		return encoders.Embeddings{}, err
	}
	restored(e.Data, order)
	return e, r.cache.Put(key, marshal(e))
}

func (r *run) tokens(v *variant, texts []string) encoders.Tokens {
	tk := encoders.Tokens{N: len(texts), Len: r.suite.Context}
	for _, t := range texts {
		tk.IDs = append(tk.IDs, v.tok.Encode(t, r.suite.Context)...)
	}
	return tk
}
