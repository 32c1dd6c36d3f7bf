package attribute

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// moved is an encoder and a tokenizer of texts: a text's number is its id, and its embedding is off by a half.
type moved struct{ encoders.Encoder }

func (moved) EncodeTexts(_ context.Context, tk encoders.Tokens) (encoders.Embeddings, error) {
	out := encoders.Embeddings{N: tk.N, Dim: 1}
	for _, id := range tk.IDs {
		out.Data = append(out.Data, float32(id)+0.5)
	}
	return out, nil
}

func (moved) Key() string { return "numbers" }

func (moved) Tokens(_ context.Context, texts []string, _ int) (encoders.Tokens, []bool, error) {
	tk := encoders.Tokens{N: len(texts), Len: 1, IDs: make([]int64, len(texts))}
	for i, text := range texts {
		if _, err := fmt.Sscan(text, &tk.IDs[i]); err != nil {
			return tk, nil, err
		}
	}
	return tk, make([]bool, len(texts)), nil
}

// TestTextFloorsConcurrently: a floor is measured on a thirty-second of the chunks of many texts, and not on few texts.
func TestTextFloorsConcurrently(t *testing.T) {
	kept, err := cache.Open(t.TempDir(), true)
	require.NoError(t, err)
	for n, sampled := range map[int]int{60: 0, 100: 100 - embed.TextChunk, 2000: embed.TextChunk, 6200: 3 * embed.TextChunk} {
		var texts []datasets.Text
		ref := encoders.Embeddings{N: n, Dim: 1}
		for i := range n {
			texts, ref.Data = append(texts, datasets.Text{Text: fmt.Sprint(i)}), append(ref.Data, float32(i))
		}
		set := embed.PartOf(suite.DatasetSpec{Name: "d"}, nil, texts, nil)
		set.Sampled, set.Good, set.TextEmb["ref"] = true, []datasets.Image{{Name: "a"}}, ref
		f := Floor{"twice", &variants.Variant{Status: store.StatusOK, ImageKey: "own", TextKey: "floor", Enc: moved{}, Tok: moved{}, Context: 1}}
		s := &Sampler{
			Reference: &variants.Variant{Status: store.StatusOK, TextKey: "ref"}, Floors: []Floor{f}, Own: map[string]bool{"own": true}, Sets: []*embed.Set{set},
			Pass: func(images, texts []*variants.Variant) *embed.Pass {
				return &embed.Pass{Cache: kept, Calls: make(embed.CallLimit, 4), Progress: progress.New(nil), Images: images, Texts: texts}
			},
		}
		require.NoError(t, s.Measure(t.Context(), nil, func(*variants.Variant) bool { return true }))
		_, _, ok := s.Floor(set, f, image)
		assert.False(t, ok, "all pictures are embedded under this key")
		d, mean, ok := s.Floor(set, f, text)
		require.Equal(t, sampled > 0, ok, n)
		if ok {
			assert.Equal(t, [2]int{sampled, n}, [2]int{mean.N, mean.Of})
			assert.Equal(t, 0.5, mean.Value)
			assert.Zero(t, mean.Error)
			assert.NotNil(t, d)
		}
	}
}
