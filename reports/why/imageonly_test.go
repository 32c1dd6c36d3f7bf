package why

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
)

// TestLoadPairImageOnly: of a variant without texts the pictures are compared, and no texts.
func TestLoadPairImageOnly(t *testing.T) {
	f, err := store.Create(t.TempDir())
	require.NoError(t, err)
	rows := []store.Embedding{{ID: "a", Embedding: []float32{1, 0}}, {ID: "b", Embedding: []float32{0, 1}}}
	require.NoError(t, f.WriteEmbeddings("ref", "d", "image", rows))
	require.NoError(t, f.WriteEmbeddings("ref", "d", "text", rows))
	require.NoError(t, f.WriteEmbeddings("io", "d", "image", rows))
	for _, order := range [][2]string{{"io", "ref"}, {"ref", "io"}} {
		e, err := LoadPair(f, "d", order[0], order[1])
		require.NoError(t, err)
		assert.Len(t, e.ownImages, 2)
		assert.Empty(t, e.refTexts)
		queries, items := e.sides("t2i")
		assert.False(t, queries.sameLength())
		assert.True(t, items.sameLength())
	}
}
