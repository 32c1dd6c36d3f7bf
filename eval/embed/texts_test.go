package embed

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// TestMatrixConcurrently: rows come back from where they were put, be they in memory or in a file.
func TestMatrixConcurrently(t *testing.T) {
	for name, pass := range map[string]*Pass{"memory": {}, "small": {Scratch: t.TempDir()}, "file": {Scratch: t.TempDir(), large: 1}} {
		t.Run(name, func(t *testing.T) {
			m := pass.matrix(7)
			var g errgroup.Group
			g.Go(func() error {
				return m.scatter([]int{5, 0, 3}, map[int][]int{0: {6}}, encoders.Embeddings{N: 3, Dim: 2, Data: []float32{50, 51, 1, 2, 30, 31}})
			})
			g.Go(func() error { return m.put(1, encoders.Embeddings{N: 2, Dim: 2, Data: []float32{10, 11, 20, 21}}) })
			require.NoError(t, g.Wait())
			require.NoError(t, m.put(4, encoders.Embeddings{}))
			got, file, err := m.rows(7)
			require.NoError(t, err)
			assert.Equal(t, encoders.Embeddings{N: 7, Dim: 2, Data: []float32{1, 2, 10, 11, 20, 21, 30, 31, 0, 0, 50, 51, 1, 2}}, got)
			assert.Equal(t, name == "file", file != nil)
			none, _, err := pass.matrix(3).rows(0)
			require.NoError(t, err)
			assert.Zero(t, none)
		})
	}
}

// counted is an encoder of texts that notes what it encodes: a text's first id is its embedding.
type counted struct {
	encoders.Encoder
	mu    sync.Mutex
	texts map[int64]int
}

func (c *counted) EncodeTexts(_ context.Context, tk encoders.Tokens) (encoders.Embeddings, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := encoders.Embeddings{N: tk.N, Dim: 1}
	for i := range tk.N {
		c.texts[tk.IDs[i*tk.Len]]++
		out.Data = append(out.Data, float32(tk.IDs[i*tk.Len]))
	}
	return out, nil
}

// letters gives each text the id of its first letter.
type letters struct{}

func (letters) Key() string { return "letters" }

func (letters) Tokens(_ context.Context, texts []string, context int) (tk encoders.Tokens, cut []bool, err error) {
	tk = encoders.Tokens{N: len(texts), Len: 1}
	for _, text := range texts {
		tk.IDs = append(tk.IDs, int64([]rune(text)[0]))
	}
	return tk, make([]bool, len(texts)), nil
}

// TestEqualTextsConcurrently: of equal texts one is encoded, captions and prompts alike, and each has its embedding. A
// noise floor that takes a sample is no part of the pass.
func TestEqualTextsConcurrently(t *testing.T) {
	kept, err := cache.Open(t.TempDir(), true)
	require.NoError(t, err)
	enc, floor := &counted{texts: map[int64]int{}}, &counted{texts: map[int64]int{}}
	v := &variants.Variant{Spec: encoders.Spec{Name: "v"}, Status: store.StatusOK, TextKey: "t", Enc: enc, Tok: letters{}, Context: 1}
	as := &variants.Variant{Spec: encoders.Spec{Name: "v"}, Status: store.StatusOK, TextKey: "floor", Enc: floor, Tok: letters{}, Context: 1}
	pass := &Pass{Cache: kept, Calls: NewCallLimit(1), Progress: progress.New(nil), Texts: []*variants.Variant{v, as}, BesideTexts: map[string]bool{"floor": true}}
	letter := func(i int) string { return string(rune('0' + i)) }
	var texts []datasets.Text
	for i := range 300 {
		texts = append(texts, datasets.Text{Text: letter(i % 200)})
	}
	s := PartOf(suite.DatasetSpec{Name: "d"}, nil, texts, nil)
	s.Sampled, s.Zero = true, &zeroShot{Prompts: []string{letter(7), letter(250)}, Emb: map[string]encoders.Embeddings{}}
	all := func(*variants.Variant) bool { return true }
	require.NoError(t, pass.textPass(t.Context(), s, all))
	require.True(t, v.OK(), v.Reason)
	assert.Len(t, enc.texts, 201)
	for id, n := range enc.texts {
		assert.Equal(t, 1, n, id)
	}
	require.Equal(t, 300, s.TextEmb["t"].N)
	for i := range 300 {
		assert.Equal(t, float32('0'+i%200), s.TextEmb["t"].Data[i])
	}
	assert.Equal(t, []float32{'0' + 7, '0' + 250}, s.Zero.Emb["t"].Data)
	assert.Empty(t, floor.texts)
	assert.NotContains(t, s.TextEmb, "floor")

	pass.BesideTexts, pass.Texts = nil, []*variants.Variant{as}
	var mu sync.Mutex
	places := map[int]bool{}
	require.NoError(t, pass.SampleTexts(t.Context(), s, func(k, n int) bool { return k == 1 && n == 4 }, func(key string, at []int, e encoders.Embeddings) {
		mu.Lock()
		defer mu.Unlock()
		for k, i := range at {
			places[i] = true
			assert.Equal(t, float32('0'+i), e.Row(k)[0])
		}
	}))
	assert.Len(t, places, TextChunk)
	assert.Len(t, floor.texts, TextChunk)
}
