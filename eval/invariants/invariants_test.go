package invariants

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
)

func name(i int) string { return fmt.Sprintf("p%d", i) }

func rows(dim int, values ...float32) encoders.Embeddings {
	return encoders.Embeddings{N: len(values) / dim, Dim: dim, Data: values}
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		items, batch int
		want         []int
	}{{40, 8, []int{1, 4, 7}}, {2, 8, []int{1}}, {1, 8, nil}, {40, 1, nil}, {3, 32, []int{1, 2}}} {
		assert.Equal(t, c.want, Places(c.items, c.batch), "%+v", c)
	}
}

func TestAloneConcurrently(t *testing.T) {
	company := rows(2, 1, 0, 0, 2, 3, 4)
	alone := func(values encoders.Embeddings) func(context.Context, int) (encoders.Embeddings, error) {
		return func(_ context.Context, i int) (encoders.Embeddings, error) {
			return rows(2, values.Row(i)...), nil
		}
	}
	b, err := Alone(t.Context(), company, []int{1, 2}, 1e-3, name, alone(rows(2, 1, 0, 0, 2, 3, 4.0001)))
	require.NoError(t, err)
	assert.Empty(t, b.Text("picture"))
	b, err = Alone(t.Context(), company, []int{1, 2}, 1e-3, name, alone(rows(2, 1, 0, 0, 2, 1, 0)))
	require.NoError(t, err)
	assert.Equal(t, "picture embeddings depend on the batch: 1 of 2 items that were tried have another embedding alone than in a batch, by up to 89 % of its length (first: p2)", b.Text("picture"))
	for failing, want := range map[int]string{1: "p1: boom 1", 2: "p2: boom 2", 3: "p1: boom 1"} { // bits: item 1, item 2
		b, err = Alone(t.Context(), company, []int{1, 2}, 1e-3, name, func(_ context.Context, i int) (encoders.Embeddings, error) {
			if failing&i != 0 {
				return encoders.Embeddings{}, fmt.Errorf("boom %d", i)
			}
			return rows(2, company.Row(i)...), nil
		})
		require.NoError(t, err)
		assert.Equal(t, "text cannot be embedded in a batch of its own: "+want, b.Text("text"))
	}
}

func TestZerosAndConstant(t *testing.T) {
	assert.Equal(t, "2 of 3 picture embeddings are zero vectors: p0, p2", Zeros("picture", rows(2, 0, 0, 1, 0, 0, 0), name))
	assert.Equal(t, "4 of 4 text embeddings are zero vectors: p0, p1, p2 and others", Zeros("text", rows(1, 0, 0, 0, 0), name))
	assert.Empty(t, Zeros("text", rows(1, 1), name))
	assert.Equal(t, "all 2 text embeddings are the same", Constant("text", rows(2, 1, 2, 1, 2)))
	assert.Empty(t, Constant("text", rows(2, 1, 2, 1, 2.1)))
	assert.Empty(t, Constant("text", rows(2, 1, 2)))
}
