package chroma

import (
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/indexes/indexestest"
	"github.com/fastclip/fastclip/internal/machine"
)

// TestConformance runs the real server, if asked to. uv must have fetched its packages before.
func TestConformance(t *testing.T) {
	if os.Getenv("FASTCLIP_CHROMA") == "" {
		t.Skip("set FASTCLIP_CHROMA=1 to run Chroma's server; once: fastclip models fetch chroma_server")
	}
	b, err := Start(t.Context(), t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	indexestest.Run(t, b, 0.9) // HNSW is not exact
	other, err := Connect(t.Context(), b.server.URL)
	require.NoError(t, err)
	x, err := other.Open(t.Context(), "of somebody else", indexestest.Dim)
	require.NoError(t, err)
	require.NoError(t, x.Add(t.Context(), indexestest.Documents(3, 1)))
	_, err = other.Open(t.Context(), "of somebody else", 4)
	assert.ErrorContains(t, err, "16 values, not 4")
	third, err := Connect(t.Context(), b.server.URL)
	require.NoError(t, err)
	left, err := third.Open(t.Context(), "of somebody else", indexestest.Dim)
	require.NoError(t, err)
	found, err := left.Count(t.Context())
	require.NoError(t, err)
	assert.Zero(t, found, "what another run left is not counted")
	require.NoError(t, third.Close())
	require.NoError(t, other.Close())
	again, err := b.Open(t.Context(), "of somebody else", indexestest.Dim)
	require.NoError(t, err)
	n, err := again.Count(t.Context())
	require.NoError(t, err)
	assert.Zero(t, n, "its collections were removed")
}

func TestConnectToNothing(t *testing.T) {
	_, err := Connect(t.Context(), "http://127.0.0.1:1")
	assert.True(t, errors.Is(err, machine.ErrUnavailable), err)
}

func TestCollectionName(t *testing.T) {
	a, b := indexes.SafeName("onnx/mini image 1", "-"), indexes.SafeName("onnx/mini image-1", "-")
	assert.Regexp(t, `^fastclip-onnx-mini-image-1-[0-9a-f]{8}$`, a)
	assert.NotEqual(t, a, b)
	assert.Less(t, len(indexes.SafeName(string(make([]byte, 500)), "-")), 63)
}
