package qdrant_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/indexes/indexestest"
	"github.com/fastclip/fastclip/indexes/marqo/marqotest"
	"github.com/fastclip/fastclip/indexes/qdrant"
	"github.com/fastclip/fastclip/indexes/qdrant/qdranttest"
)

// Against a server that answers as Qdrant's documentation says.
func TestConformance(t *testing.T) {
	server := qdranttest.New()
	defer server.Close()
	b, err := qdrant.Connect(t.Context(), server.URL)
	require.NoError(t, err)
	indexestest.Run(t, b, 1)
	other, err := qdrant.Connect(t.Context(), server.URL)
	require.NoError(t, err)
	x, err := other.Open(t.Context(), "finds", 4)
	require.NoError(t, err, "two at once do not meet")
	n, err := x.Count(t.Context())
	require.NoError(t, err)
	assert.Zero(t, n)
	_, err = other.Open(t.Context(), "finds", 5)
	assert.ErrorContains(t, err, "4 values, not 5")
	require.NoError(t, b.Close())
	assert.Equal(t, 1, server.Collections(), "those of others stay")
	require.NoError(t, other.Close())
	assert.Zero(t, server.Collections())
}

func TestConnect(t *testing.T) {
	_, err := qdrant.Connect(t.Context(), "http://127.0.0.1:1")
	assert.ErrorIs(t, err, indexes.ErrUnavailable)
	marqo := marqotest.New()
	defer marqo.Close()
	_, err = qdrant.Connect(t.Context(), marqo.URL)
	assert.ErrorIs(t, err, indexes.ErrUnavailable, "another server")
}

// What Qdrant refuses is an error in its words.
func TestRefused(t *testing.T) {
	server := qdranttest.New()
	defer server.Close()
	b, err := qdrant.Connect(t.Context(), server.URL)
	require.NoError(t, err)
	x, err := b.Open(t.Context(), "x", indexestest.Dim)
	require.NoError(t, err)
	_, err = x.Search(t.Context(), []float32{1}, 1)
	assert.ErrorContains(t, err, "expected dim: 16, got 1")
	require.NoError(t, b.Close())
	assert.ErrorContains(t, x.Add(t.Context(), indexestest.Documents(1, 1)), "doesn't exist")
}
