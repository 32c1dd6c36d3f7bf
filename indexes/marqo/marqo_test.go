package marqo_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/indexes/marqo"
	"github.com/fastclip/fastclip/indexes/marqo/marqotest"
	"github.com/fastclip/fastclip/internal/machine"
)

func TestIndex(t *testing.T) {
	server := marqotest.New()
	defer server.Close()
	b, err := marqo.Connect(t.Context(), server.URL, "open_clip/ViT-B-32/openai")
	require.NoError(t, err)
	x, err := b.Open(t.Context(), "mine/image 10", 0)
	require.NoError(t, err)
	var docs []indexes.Document
	for i := range 140 {
		docs = append(docs, indexes.Document{ID: fmt.Sprint(i), Text: fmt.Sprintf("%d pictures of %c", i*i, 'a'+i%26)})
	}
	require.NoError(t, x.Add(t.Context(), nil))
	require.NoError(t, x.Add(t.Context(), docs[:100]))
	require.NoError(t, x.Add(t.Context(), docs[90:]))
	n, err := x.Count(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 140, n)
	again, err := b.Open(t.Context(), "mine/image 10", 0)
	require.NoError(t, err)
	n, err = again.Count(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 140, n)
	other, err := marqo.Connect(t.Context(), server.URL, "m")
	require.NoError(t, err)
	left, err := other.Open(t.Context(), "mine/image 10", 0)
	require.NoError(t, err)
	n, err = left.Count(t.Context())
	require.NoError(t, err)
	assert.Zero(t, n, "what another run left is not counted")
	require.NoError(t, b.Close())
	require.NoError(t, other.Close())
	assert.Zero(t, server.Indexes())
}

func TestDocumentsThatWereNotTaken(t *testing.T) {
	server := marqotest.New()
	defer server.Close()
	b, err := marqo.Connect(t.Context(), server.URL, "m")
	require.NoError(t, err)
	x, err := b.Open(t.Context(), "x", 0)
	require.NoError(t, err)
	err = x.Add(t.Context(), []indexes.Document{{ID: "fine", Text: "a"}, {ID: "gone", ImageURL: server.URL + "/nothing.jpg"}})
	assert.ErrorContains(t, err, "document gone: status 400")
	assert.ErrorContains(t, x.Add(t.Context(), make([]indexes.Document, 129)), "want at most 128")
	assert.ErrorContains(t, x.Add(t.Context(), []indexes.Document{{Text: "a"}}), "no id")
	_, err = marqo.Connect(t.Context(), "http://127.0.0.1:1", "m")
	assert.True(t, errors.Is(err, machine.ErrUnavailable))
}
