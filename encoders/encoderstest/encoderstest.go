// Package encoderstest tests what every Encoder must do.
package encoderstest

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
)

// Options are promises of an implementation beyond the interface.
type Options struct {
	// BatchTolerance bounds mean |a-b| between an item encoded alone and in a batch.
	BatchTolerance float64
	// SharedScale: dynamic quantization takes its scales from the whole batch. So the tolerance holds only
	// between batches of one content, in which the scales are the same, and for an item beside its copies.
	SharedScale bool
}

// Run checks an Encoder. It calls open once for each check.
func Run(t *testing.T, open func(t *testing.T) encoders.Encoder, opt Options) {
	checks := []struct {
		name string
		do   func(*testing.T, encoders.Encoder, Options)
	}{
		{"info", info}, {"shape", shape}, {"repeatable", repeatable}, {"order and batch", batch},
		{"after eot", afterEOT}, {"wrong input", wrong}, {"cancelled", cancelled}, {"concurrent", concurrent},
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			enc := open(t)
			c.do(t, enc, opt)
			require.NoError(t, enc.Close())
			assert.NoError(t, enc.Close(), "a second Close")
		})
	}
}

// pictures are n different pictures in the form that the encoder takes.
func pictures(n int, enc encoders.Encoder) encoders.Pixels {
	if !enc.Info().Files {
		return encoders.NoisePixels(n, enc.Info().ImageSize)
	}
	px := encoders.Pixels{N: n}
	for i := range n {
		var file bytes.Buffer
		im := image.NewRGBA(image.Rect(0, 0, 40+i, 32))
		for k := range im.Pix {
			im.Pix[k] = uint8(k*(3+i)) | 3
		}
		if err := png.Encode(&file, im); err != nil {
			panic(err) // memory does not fail
		}
		px.Files = append(px.Files, file.Bytes())
	}
	return px
}

// texts are n different rows of 16 ids.
func texts(n int) encoders.Tokens {
	tk := encoders.Tokens{N: n, Len: 16, IDs: make([]int64, n*16)}
	for i := range n {
		row := tk.IDs[i*16:]
		row[0] = 49406
		for j := 1; j < 4+i%8; j++ {
			row[j] = int64(320 + 37*i + 11*j)
		}
		row[4+i%8] = encoders.EOT
	}
	return tk
}

func info(t *testing.T, enc encoders.Encoder, _ Options) {
	i := enc.Info()
	assert.Positive(t, i.Dim)
	assert.True(t, i.Files || i.ImageSize > 0)
	assert.Equal(t, i.Files, i.Preprocess != "")
	assert.NotEmpty(t, i.RuntimeVersion)
	assert.NotEmpty(t, i.ImageKey)
	assert.NotEmpty(t, i.TextKey)
	assert.NotEqual(t, i.ImageKey, i.TextKey)
	assert.Len(t, i.ModelSHA256, 64)
}

func shape(t *testing.T, enc encoders.Encoder, _ Options) {
	for _, n := range []int{1, 3} {
		e, err := enc.EncodeImages(t.Context(), pictures(n, enc))
		require.NoError(t, err)
		assert.Equal(t, []int{n, enc.Info().Dim, n * enc.Info().Dim}, []int{e.N, e.Dim, len(e.Data)})
		e, err = enc.EncodeTexts(t.Context(), texts(n))
		require.NoError(t, err)
		assert.Equal(t, []int{n, enc.Info().Dim, n * enc.Info().Dim}, []int{e.N, e.Dim, len(e.Data)})
	}
}

func repeatable(t *testing.T, enc encoders.Encoder, _ Options) {
	px, tk := pictures(2, enc), texts(2)
	a, err := enc.EncodeImages(t.Context(), px)
	require.NoError(t, err)
	b, err := enc.EncodeImages(t.Context(), px)
	require.NoError(t, err)
	assert.Equal(t, a.Data, b.Data)
	a, err = enc.EncodeTexts(t.Context(), tk)
	require.NoError(t, err)
	b, err = enc.EncodeTexts(t.Context(), tk)
	require.NoError(t, err)
	assert.Equal(t, a.Data, b.Data)
}

// batch checks that item i of a batch gives the same as item i alone, and that no two items are swapped.
func batch(t *testing.T, enc encoders.Encoder, opt Options) {
	const n = 5
	px, tk := pictures(n, enc), texts(n)
	ways := map[string]func(order ...int) encoders.Embeddings{
		"image": func(order ...int) encoders.Embeddings {
			e, err := enc.EncodeImages(t.Context(), pickPictures(px, order))
			require.NoError(t, err)
			return e
		},
		"text": func(order ...int) encoders.Embeddings {
			e, err := enc.EncodeTexts(t.Context(), pickTexts(tk, order))
			require.NoError(t, err)
			return e
		},
	}
	for name, encode := range ways {
		order := []int{0, 1, 2, 3, 4}
		all := encode(order...)
		var alone [n][]float32
		for i := range n {
			alone[i] = encode(i).Data
			beside := all.Row(i)
			if opt.SharedScale {
				beside = encode(i, i, i).Row(2)
			}
			assert.LessOrEqual(t, meanAbs(alone[i], beside), opt.BatchTolerance, "%s %d", name, i)
		}
		turned := encode(append(order[1:], 0)...)
		for i := range n {
			assert.LessOrEqual(t, meanAbs(all.Row(i), turned.Row((i+n-1)%n)), opt.BatchTolerance, "%s %d in another order", name, i)
			for j := range n {
				if j != i {
					assert.Less(t, meanAbs(all.Row(i), alone[i]), meanAbs(all.Row(i), alone[j]), "%s %d of a batch is nearer to %d alone", name, i, j)
				}
			}
		}
	}
}

func pickPictures(px encoders.Pixels, order []int) encoders.Pixels {
	out := encoders.Pixels{N: len(order), Size: px.Size}
	for _, i := range order {
		one := px.Slice(i, i+1)
		out.Data, out.Files = append(out.Data, one.Data...), append(out.Files, one.Files...)
	}
	return out
}

func pickTexts(tk encoders.Tokens, order []int) encoders.Tokens {
	out := encoders.Tokens{N: len(order), Len: tk.Len}
	for _, i := range order {
		out.IDs = append(out.IDs, tk.Slice(i, i+1).IDs...)
	}
	return out
}

// afterEOT checks that ids after EOT do not reach the embedding, because CLIP's text tower is causal. Both
// rows are in one batch, so quantization's scales are the same for both.
func afterEOT(t *testing.T, enc encoders.Encoder, opt Options) {
	two := pickTexts(texts(1), []int{0, 0})
	two.IDs[two.Len-1] = 700
	e, err := enc.EncodeTexts(t.Context(), two)
	require.NoError(t, err)
	assert.LessOrEqual(t, meanAbs(e.Row(0), e.Row(1)), opt.BatchTolerance)
}

func wrong(t *testing.T, enc encoders.Encoder, _ Options) {
	px := pictures(1, enc)
	_, err := enc.EncodeImages(t.Context(), encoders.Pixels{N: 2, Size: px.Size, Data: px.Data, Files: px.Files})
	assert.Error(t, err, "fewer values than pictures")
	_, err = enc.EncodeImages(t.Context(), encoders.Pixels{})
	assert.Error(t, err, "no pictures")
	_, err = enc.EncodeImages(t.Context(), encoders.NoisePixels(1, enc.Info().ImageSize+1))
	assert.Error(t, err, "another side, or tensors for an encoder that takes files")
	_, err = enc.EncodeTexts(t.Context(), encoders.Tokens{N: 1, Len: 16, IDs: make([]int64, 3)})
	assert.Error(t, err, "fewer ids than the row has")
}

func cancelled(t *testing.T, enc encoders.Encoder, _ Options) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := enc.EncodeImages(ctx, pictures(1, enc))
	assert.ErrorIs(t, err, context.Canceled)
	_, err = enc.EncodeTexts(ctx, texts(1))
	assert.ErrorIs(t, err, context.Canceled)
}

func concurrent(t *testing.T, enc encoders.Encoder, _ Options) {
	px := pictures(4, enc)
	want := make([][]float32, px.N)
	for i := range want {
		e, err := enc.EncodeImages(t.Context(), px.Slice(i, i+1))
		require.NoError(t, err)
		want[i] = e.Data
	}
	type result struct {
		i   int
		e   encoders.Embeddings
		err error
	}
	results := make(chan result)
	for i := range px.N {
		go func() {
			e, err := enc.EncodeImages(context.WithoutCancel(t.Context()), px.Slice(i, i+1))
			results <- result{i, e, err}
		}()
	}
	for range px.N {
		r := <-results
		require.NoError(t, r.err)
		assert.Equal(t, want[r.i], r.e.Data)
	}
}

func meanAbs(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return sum / float64(len(a))
}
