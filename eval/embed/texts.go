package embed

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
)

// TextChunk is the number of texts in one unit of the cache. A suite's batch size divides it or is reduced
// to it.
const TextChunk = 64

// textPass embeds a dataset's texts with every given live variant that has not done so. It groups texts of
// similar length, the longest first. A batch is cut to its longest text, so this cuts most.
func (a *Pass) textPass(ctx context.Context, s *Set, in func(*variants.Variant) bool) error {
	var mu sync.Mutex
	found, strings := map[*variants.Job]*matrix{}, s.Strings()
	of := func(j *variants.Job) *matrix {
		mu.Lock()
		defer mu.Unlock()
		if found[j] == nil {
			found[j] = a.matrix(len(strings))
		}
		return found[j]
	}
	_, copies := distinct(strings)
	todo, err := a.textChunks(ctx, s, in, func(int, int) bool { return true }, func(j *variants.Job, at []int, e encoders.Embeddings) error {
		a.Progress.Alive()
		return of(j).scatter(at, copies, e)
	})
	if err != nil {
		return err
	}
	for _, j := range todo {
		if j.OK() {
			if err := s.keepTexts(j.Key, of(j)); err != nil {
				return err
			}
		}
	}
	return nil
}

// RunTexts embeds some chunks of the dataset's texts, only for the cache.
func (a *Pass) RunTexts(ctx context.Context, s *Set, in func(*variants.Variant) bool, from, to int) error {
	_, err := a.textChunks(ctx, s, in, func(k, _ int) bool { return k >= from && k < to }, func(*variants.Job, []int, encoders.Embeddings) error {
		a.Progress.Add(1)
		return nil
	})
	return err
}

// SampleTexts embeds those chunks of the dataset's texts that are wanted, of n. It passes the embeddings of each chunk
// to take, by text key, with the places of its texts, and calls take concurrently.
func (a *Pass) SampleTexts(ctx context.Context, s *Set, wanted func(k, n int) bool, take func(key string, at []int, e encoders.Embeddings)) error {
	_, err := a.textChunks(ctx, s, func(*variants.Variant) bool { return true }, wanted, func(j *variants.Job, at []int, e encoders.Embeddings) error {
		take(j.Key, at, e)
		return nil
	})
	return err
}

// textChunks embeds those chunks that are wanted, of n. It passes the embeddings of each chunk to take, with the
// places of its texts, and calls take concurrently. Of equal texts it embeds only the first.
func (a *Pass) textChunks(ctx context.Context, s *Set, in func(*variants.Variant) bool, wanted func(k, n int) bool, take func(j *variants.Job, at []int, e encoders.Embeddings) error) ([]*variants.Job, error) {
	texts := s.Strings()
	first, _ := distinct(texts)
	open := slices.DeleteFunc(slices.Clone(a.Texts), func(v *variants.Variant) bool {
		_, done := s.TextEmb[v.TextKey]
		return done || v.Info.ImageOnly || !in(v) || s.SampledTexts() && a.BesideTexts[v.TextKey]
	})
	todo := variants.Jobs(open, func(v *variants.Variant) string { return v.TextKey }, a.Timeout)
	g, ctx := errgroup.WithContext(ctx)
	byTokenizer := map[string][]int{}
	for _, j := range todo {
		v := j.Variants[0]
		order := byTokenizer[v.Tok.Key()+fmt.Sprint(v.Context)]
		if order == nil {
			var err error
			if order, err = a.byLength(ctx, s, v, texts); err != nil {
				if ctx.Err() != nil {
					return nil, cmp.Or(g.Wait(), ctx.Err())
				}
				for _, v := range j.Variants {
					v.Fail(err)
				}
				continue
			}
			order = slices.DeleteFunc(order, func(i int) bool { return !first[i] })
			byTokenizer[v.Tok.Key()+fmt.Sprint(v.Context)] = order
		}
		chunks := slices.Collect(slices.Chunk(order, TextChunk))
		for k, at := range chunks {
			if !wanted(k, len(chunks)) {
				continue
			}
			if err := a.Calls.take(ctx); err != nil {
				return nil, cmp.Or(g.Wait(), err)
			}
			g.Go(func() error {
				defer a.Calls.free()
				return j.Do(ctx, func(ctx context.Context, v *variants.Variant) error {
					e, err := a.embedTexts(ctx, v, picked(texts, at))
					if err != nil {
						return err
					}
					return take(j, at, e)
				})
			})
		}
	}
	return todo, g.Wait()
}

// distinct tells which texts are the first of equal ones, and lists the places of the others by that of the first.
func distinct(texts []string) (first []bool, copies map[int][]int) {
	first, copies = make([]bool, len(texts)), map[int][]int{}
	seen := make(map[string]int, len(texts))
	for i, text := range texts {
		if at, again := seen[text]; again {
			copies[at] = append(copies[at], i)
			continue
		}
		seen[text], first[i] = i, true
	}
	return first, copies
}

func picked(texts []string, at []int) []string {
	out := make([]string, len(at))
	for i, k := range at {
		out[i] = texts[k]
	}
	return out
}

// tokenized is the number of texts that are tokenized at once, because the ids of a million texts would
// take much memory.
const tokenized = 1 << 16

// byLength orders the places of texts by falling number of tokens.
func (a *Pass) byLength(ctx context.Context, s *Set, v *variants.Variant, texts []string) ([]int, error) {
	var cut []bool
	var lengths []int
	for some := range slices.Chunk(texts, tokenized) {
		tk, long, err := v.Tok.Tokens(ctx, some, v.Context)
		if err != nil {
			return nil, err
		}
		cut, lengths = append(cut, long...), append(lengths, tk.Lengths()...)
	}
	s.noteCut(v, cut)
	order := make([]int, len(texts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(lengths[b], lengths[a]) })
	return order, nil
}

// embedTexts is the embeddings of some texts, from the cache or from the encoder.
func (a *Pass) embedTexts(ctx context.Context, v *variants.Variant, texts []string) (encoders.Embeddings, error) {
	key := cache.Key(append([]string{"texts", v.TextKey}, texts...)...)
	if data, ok := a.Cache.Get(key); ok {
		if e, err := Unmarshal(data); err == nil && e.N == len(texts) {
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
	a.Cache.KeepFor(v.TextKey, key, Marshal(e))
	return e, nil
}
