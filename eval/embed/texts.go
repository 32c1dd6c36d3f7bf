package embed

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
)

// TextChunk is how many texts are the unit of the cache. Suites' batches divide it or are cut by it.
const TextChunk = 64

// textPass embeds a dataset's texts with every live variant that is in and has not done so. Texts of like length go together,
// the longest first: a batch that is cut at its longest text is cut most then.
func (a *Pass) textPass(ctx context.Context, s *Set, in func(*variants.Variant) bool) error {
	todo, parts, orders, err := a.textChunks(ctx, s, in, 0, math.MaxInt, a.Progress.Alive)
	if err != nil {
		return err
	}
	for i, j := range todo {
		if j.OK() {
			s.keepTexts(j.Key, scattered(parts[i], orders[i]))
		}
	}
	return nil
}

// RunTexts embeds some chunks of the dataset's texts, for the cache alone.
func (a *Pass) RunTexts(ctx context.Context, s *Set, in func(*variants.Variant) bool, from, to int) error {
	_, _, _, err := a.textChunks(ctx, s, in, from, to, func() { a.Progress.Add(1) })
	return err
}

// textChunks embeds the chunks from one to before another; parts are by variant and chunk.
func (a *Pass) textChunks(ctx context.Context, s *Set, in func(*variants.Variant) bool, from, to int, tick func()) ([]*variants.Job, [][]encoders.Embeddings, [][]int, error) {
	texts := s.Strings()
	open := slices.DeleteFunc(slices.Clone(a.Texts), func(v *variants.Variant) bool {
		_, done := s.TextEmb[v.TextKey]
		return done || v.Info.ImageOnly || !in(v)
	})
	todo := variants.Jobs(open, func(v *variants.Variant) string { return v.TextKey }, a.Timeout)
	g, ctx := errgroup.WithContext(ctx)
	parts, orders := make([][]encoders.Embeddings, len(todo)), make([][]int, len(todo))
	byTokenizer := map[string][]int{}
	for i, j := range todo {
		v := j.Variants[0]
		order := byTokenizer[v.Tok.Key()+fmt.Sprint(v.Context)]
		if order == nil {
			var err error
			if order, err = a.byLength(ctx, s, v, texts); err != nil {
				if ctx.Err() != nil {
					return nil, nil, nil, cmp.Or(g.Wait(), ctx.Err())
				}
				for _, v := range j.Variants {
					v.Fail(err)
				}
				continue
			}
			byTokenizer[v.Tok.Key()+fmt.Sprint(v.Context)] = order
		}
		orders[i] = order
		chunks := slices.Collect(slices.Chunk(order, TextChunk))
		parts[i] = make([]encoders.Embeddings, len(chunks))
		for k, at := range chunks {
			if k < from || k >= to {
				continue
			}
			if err := a.Calls.take(ctx); err != nil {
				return nil, nil, nil, cmp.Or(g.Wait(), err)
			}
			g.Go(func() error {
				defer a.Calls.free()
				return j.Do(ctx, func(ctx context.Context, v *variants.Variant) (err error) {
					parts[i][k], err = a.embedTexts(ctx, v, picked(texts, at))
					tick()
					return err
				})
			})
		}
	}
	return todo, parts, orders, g.Wait()
}

func picked(texts []string, at []int) []string {
	out := make([]string, len(at))
	for i, k := range at {
		out[i] = texts[k]
	}
	return out
}

// byLength is the places of texts by falling number of tokens.
func (a *Pass) byLength(ctx context.Context, s *Set, v *variants.Variant, texts []string) ([]int, error) {
	tk, cut, err := v.Tok.Tokens(ctx, texts, v.Context)
	if err != nil {
		return nil, err
	}
	s.noteCut(v, cut)
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
func (a *Pass) embedTexts(ctx context.Context, v *variants.Variant, texts []string) (encoders.Embeddings, error) {
	key := cache.Key(append([]string{"texts", v.TextKey}, texts...)...)
	if data, ok := a.Cache.Get(key); ok {
		if e, err := unmarshal(data); err == nil && e.N == len(texts) {
			return e, nil
		}
	}
	order := v.Order(len(texts))
	tk, err := v.Tokens(ctx, variants.Permuted(texts, order))
	if err != nil {
		return encoders.Embeddings{}, err
	}
	e, err := v.Enc.EncodeTexts(ctx, tk)
	if err != nil {
		return encoders.Embeddings{}, namedBroken(err, len(texts), func(i int) string {
			if order != nil {
				i = order[i]
			}
			return fmt.Sprintf("%q", texts[i])
		})
	}
	variants.Restored(e.Data, order)
	a.Cache.KeepFor(v.TextKey, key, marshal(e))
	return e, nil
}
