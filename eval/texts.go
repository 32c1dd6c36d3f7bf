package eval

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/cache"
)

// textChunk is how many texts are the unit of the cache. Suites' batches divide it or are cut by it.
const textChunk = 64

// textPass embeds a dataset's texts with every live variant that is in and has not done so. Texts of like length go together,
// the longest first: a batch that is cut at its longest text is cut most then.
func (r *run) textPass(ctx context.Context, s *set, in func(*variant) bool) error {
	texts := s.strings()
	open := slices.DeleteFunc(r.withTextSwaps(), func(v *variant) bool {
		_, done := s.textEmb[v.textKey]
		return done || !in(v)
	})
	todo := jobs(open, func(v *variant) string { return v.textKey }, r.suite.Timeout)
	g, ctx := errgroup.WithContext(ctx)
	parts, orders := make([][]encoders.Embeddings, len(todo)), make([][]int, len(todo))
	byTokenizer := map[string][]int{}
	for i, j := range todo {
		v := j.variants[0]
		order := byTokenizer[v.tok.Key()+fmt.Sprint(v.context)]
		if order == nil {
			var err error
			if order, err = r.byLength(ctx, v, texts); err != nil {
				if ctx.Err() != nil {
					return cmp.Or(g.Wait(), ctx.Err())
				}
				for _, v := range j.variants {
					v.fail(err)
				}
				continue
			}
			byTokenizer[v.tok.Key()+fmt.Sprint(v.context)] = order
		}
		orders[i] = order
		chunks := slices.Collect(slices.Chunk(order, textChunk))
		parts[i] = make([]encoders.Embeddings, len(chunks))
		for k, at := range chunks {
			if err := r.slots.take(ctx); err != nil {
				return cmp.Or(g.Wait(), err)
			}
			g.Go(func() error {
				defer r.slots.free()
				return j.do(ctx, func(ctx context.Context, v *variant) (err error) {
					parts[i][k], err = r.embedTexts(ctx, v, picked(texts, at))
					return err
				})
			})
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, j := range todo {
		if j.ok() {
			s.keepTexts(j.key, scattered(parts[i], orders[i]))
		}
	}
	return nil
}

func picked(texts []string, at []int) []string {
	out := make([]string, len(at))
	for i, k := range at {
		out[i] = texts[k]
	}
	return out
}

// byLength is the places of texts by falling number of tokens.
func (r *run) byLength(ctx context.Context, v *variant, texts []string) ([]int, error) {
	tk, err := r.tokens(ctx, v, texts)
	if err != nil {
		return nil, err
	}
	order, lengths := make([]int, len(texts)), tk.Lengths()
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(lengths[b], lengths[a]) })
	return order, nil
}

// scattered puts the rows of parts, one after the other, where order says.
func scattered(parts []encoders.Embeddings, order []int) encoders.Embeddings {
	var out encoders.Embeddings
	at := 0
	for _, p := range parts {
		if out.Data == nil {
			out = encoders.Embeddings{N: len(order), Dim: p.Dim, Data: make([]float32, len(order)*p.Dim)}
		}
		for i := range p.N {
			copy(out.Row(order[at]), p.Row(i))
			at++
		}
	}
	return out
}

// embedTexts is the embeddings of some texts, from the cache or from the encoder.
func (r *run) embedTexts(ctx context.Context, v *variant, texts []string) (encoders.Embeddings, error) {
	key := cache.Key(append([]string{"texts", v.textKey}, texts...)...)
	if data, ok := r.cache.Get(key); ok {
		if e, err := unmarshal(data); err == nil && e.N == len(texts) {
			return e, nil
		}
	}
	order := v.order(len(texts))
	tk, err := r.tokens(ctx, v, permuted(texts, order))
	if err != nil {
		return encoders.Embeddings{}, err
	}
	e, err := v.enc.EncodeTexts(ctx, tk)
	if err != nil {
		return encoders.Embeddings{}, err
	}
	restored(e.Data, order)
	r.cache.Keep(key, marshal(e))
	return e, nil
}

// tokens are texts as the variant's tower takes them.
func (r *run) tokens(ctx context.Context, v *variant, texts []string) (encoders.Tokens, error) {
	tk, _, err := v.tok.Tokens(ctx, texts, v.context)
	return tk, err
}
