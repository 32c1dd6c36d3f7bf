//go:build !lean

package databases

import (
	"context"

	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/indexes/pgvector"
	"github.com/fastclip/fastclip/indexes/sqlitevec"
	"github.com/fastclip/fastclip/internal/python"
)

// Missing names the databases that the program was built without.
func Missing() []string { return nil }

func openSQLite(_ context.Context, w Where) (indexes.Backend, error) {
	return sqlitevec.New(w.Dir), nil
}

func pgvectorServer() python.Script { return pgvector.Script() }

func openPgvector(hnsw bool) openBackendFunc {
	return func(ctx context.Context, w Where) (indexes.Backend, error) {
		if w.URL != "" {
			return pgvector.Connect(ctx, w.URL, hnsw)
		}
		return pgvector.Start(ctx, w.Dir, hnsw)
	}
}
