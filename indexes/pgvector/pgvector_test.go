package pgvector

import (
	"errors"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/indexes/indexestest"
	"github.com/fastclip/fastclip/internal/machine"
)

// start runs the real server, if asked to. uv must have fetched its packages before.
func start(t *testing.T, hnsw bool) *Backend {
	t.Helper()
	if os.Getenv("FASTCLIP_PGVECTOR") == "" {
		t.Skip("set FASTCLIP_PGVECTOR=1 to run PostgreSQL with pgvector; once: fastclip models fetch pgvector_server")
	}
	dir, err := os.MkdirTemp("", "pgvector-") // as root, the server runs as the user nobody, who cannot enter t.TempDir
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	b, err := Start(t.Context(), dir, hnsw)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	return b
}

func TestConformance(t *testing.T) {
	t.Run("exact", func(t *testing.T) { indexestest.Run(t, start(t, false), 1) })
	t.Run("hnsw", func(t *testing.T) { indexestest.Run(t, start(t, true), 0.9) })
}

// TestHNSWIsUsed forces the planner to use the index: for a small table it would rather read everything.
func TestHNSWIsUsed(t *testing.T) {
	b := start(t, true)
	x, err := b.Open(t.Context(), "x", indexestest.Dim)
	require.NoError(t, err)
	docs := indexestest.Documents(3000, 1)
	require.NoError(t, x.Add(t.Context(), docs))
	table := x.(*index).table
	_, err = b.pool.Exec(t.Context(), "analyze "+table)
	require.NoError(t, err)
	var plan string
	require.NoError(t, b.pool.QueryRow(t.Context(), "explain (format json) select id from "+table+" order by embedding <=> $1::text::vector limit 10", text(docs[0].Vector)).Scan(&plan))
	assert.Contains(t, plan, "_i")
	assert.Contains(t, plan, "Index Scan")
	got, err := x.(*index).Search(t.Context(), docs[7].Vector, 200)
	require.NoError(t, err)
	assert.Len(t, got, 200, "more than pgvector's 40 candidates")
	assert.Equal(t, docs[7].ID, got[0])
}

// TestConnect uses a server as if it were the user's: it belongs to another Backend.
func TestConnect(t *testing.T) {
	owner := start(t, false)
	b, err := Connect(t.Context(), owner.server.URL, false)
	require.NoError(t, err)
	x, err := b.Open(t.Context(), "theirs", indexestest.Dim)
	require.NoError(t, err)
	require.NoError(t, x.Add(t.Context(), indexestest.Documents(3, 1)))
	_, err = b.Open(t.Context(), "theirs", 4)
	assert.ErrorContains(t, err, "have 16 values, not 4")
	other, err := Connect(t.Context(), owner.server.URL, true)
	require.NoError(t, err)
	y, err := other.Open(t.Context(), "theirs", 4)
	require.NoError(t, err, "two at once do not meet")
	n, err := y.Count(t.Context())
	require.NoError(t, err)
	assert.Zero(t, n)
	require.NoError(t, b.Restart(t.Context()), "theirs to restart")
	n, err = x.Count(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	require.NoError(t, b.Close())
	require.NoError(t, other.Close())
	require.NoError(t, owner.pool.QueryRow(t.Context(), "select count(*) from pg_tables where tablename like 'fastclip%'").Scan(&n))
	assert.Zero(t, n, "their tables were removed")

	for _, s := range []string{"create role guest login password 'x'", "create database empty"} {
		_, err = owner.pool.Exec(t.Context(), s)
		require.NoError(t, err)
	}
	url := owner.pool.Config().ConnConfig
	_, err = Connect(t.Context(), "host=127.0.0.1 port="+strconv.Itoa(int(url.Port))+" user=guest password=x dbname=empty", false)
	assert.ErrorIs(t, err, machine.ErrUnavailable)
	assert.ErrorContains(t, err, "let a superuser run CREATE EXTENSION vector")
	_, err = Connect(t.Context(), "postgres://guest:wrong@127.0.0.1:"+strconv.Itoa(int(url.Port))+"/empty", false)
	assert.ErrorIs(t, err, machine.ErrUnavailable)
	assert.ErrorContains(t, err, "password authentication failed")
}

func TestConnectToNothing(t *testing.T) {
	_, err := Connect(t.Context(), "postgres://me:secret@127.0.0.1:1/d", false)
	assert.True(t, errors.Is(err, machine.ErrUnavailable), err)
	assert.ErrorContains(t, err, "pgvector at 127.0.0.1:1, database d")
	_, err = Connect(t.Context(), "http://me:secret@127.0.0.1:1", false)
	assert.ErrorContains(t, err, "want a URL such as postgres://")
	assert.NotContains(t, err.Error(), "secret")
}

func TestText(t *testing.T) {
	assert.Equal(t, "[]", text(nil))
	assert.Equal(t, "[0.5,-1,1e-30,0.1]", text([]float32{0.5, -1, 1e-30, 0.1}))
}
