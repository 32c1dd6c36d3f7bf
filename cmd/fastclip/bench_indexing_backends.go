package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/indexes/chroma"
	"github.com/fastclip/fastclip/indexes/marqo"
	"github.com/fastclip/fastclip/indexes/pgvector"
	"github.com/fastclip/fastclip/indexes/sqlitevec"
	"github.com/fastclip/fastclip/internal/python"
)

type openBackendFunc func(ctx context.Context, f benchIndexingFlags, dir string) (indexes.Backend, error)

// backends is the table of vector databases. server is the script of a server in Python; most need none.
var backends = []struct {
	name   string
	server python.Script
	help   string
	open   openBackendFunc
}{
	{"sqlite-vec", python.Script{}, "built in: exact search, one file per row, each batch on disk before the next", func(_ context.Context, _ benchIndexingFlags, dir string) (indexes.Backend, error) {
		return sqlitevec.New(dir), nil
	}},
	{"chroma", chroma.Script(), "its own server, started for the bench and then stopped; or yours with --url", func(ctx context.Context, f benchIndexingFlags, dir string) (indexes.Backend, error) {
		if f.url != "" {
			return chroma.Connect(ctx, f.url)
		}
		return chroma.Start(ctx, dir)
	}},
	{"pgvector", pgvector.Script(), "PostgreSQL with pgvector, exact search, started and stopped; or yours with --url", openPgvector(false)},
	{"pgvector-hnsw", pgvector.Script(), "the same with an HNSW index per collection", openPgvector(true)},
	{"marqo", python.Script{}, "your server at --url; it loads and embeds by itself (never run against a real Marqo)", func(ctx context.Context, f benchIndexingFlags, _ string) (indexes.Backend, error) {
		if f.url == "" {
			return nil, usageError{errors.New("--backend marqo wants --url of its server")}
		}
		return marqo.Connect(ctx, f.url, f.model)
	}},
}

func openPgvector(hnsw bool) openBackendFunc {
	return func(ctx context.Context, f benchIndexingFlags, dir string) (indexes.Backend, error) {
		if f.url != "" {
			return pgvector.Connect(ctx, f.url, hnsw)
		}
		return pgvector.Start(ctx, dir, hnsw)
	}
}

// serverScript is the script of a database's server by the name that messages call it, or none.
func serverScript(name string) python.Script {
	for _, b := range backends {
		if b.server.Name != "" && python.Name(b.server.Name) == name {
			return b.server
		}
	}
	return python.Script{}
}

func backendNames() []string {
	var out []string
	for _, b := range backends {
		out = append(out, b.name)
	}
	return out
}

func backendHelp() string {
	var out strings.Builder
	for _, b := range backends {
		fmt.Fprintf(&out, "  %-13s %s\n", b.name, b.help)
	}
	return out.String()
}

func openBackend(ctx context.Context, f benchIndexingFlags, dir string) (indexes.Backend, error) {
	for _, b := range backends {
		if b.name == f.backend {
			return b.open(ctx, f, dir)
		}
	}
	return nil, fmt.Errorf("no database %q", f.backend)
}
