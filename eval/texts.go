package eval

import (
	"cmp"
	"context"
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
		order := byTokenizer[v.tok.Key()]
		if order == nil {
			order = r.byLength(v, texts)
			byTokenizer[v.tok.Key()] = order
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
func (r *run) byLength(v *variant, texts []string) []int {
	order, lengths := make([]int, len(texts)), make([]int, len(texts))
	for i, t := range texts {
		ids := v.tok.Encode(t, r.suite.Context)
		order[i], lengths[i] = i, slices.Index(ids, encoders.EOT)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(lengths[b], lengths[a]) })
	return order
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
	e, err := v.enc.EncodeTexts(ctx, r.tokens(v, permuted(texts, order)))
	if err != nil {
		return encoders.Embeddings{}, err
	}
	restored(e.Data, order)
	r.cache.Keep(key, marshal(e))
	return e, nil
}

func (r *run) tokens(v *variant, texts []string) encoders.Tokens {
	tk := encoders.Tokens{N: len(texts), Len: r.suite.Context}
	for _, t := range texts {
		tk.IDs = append(tk.IDs, v.tok.Encode(t, r.suite.Context)...)
	}
	return tk
}
