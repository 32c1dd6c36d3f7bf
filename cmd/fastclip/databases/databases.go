// Package databases lists the supported vector databases.
package databases

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/indexes/chroma"
	"github.com/fastclip/fastclip/indexes/marqo"
	"github.com/fastclip/fastclip/internal/python"
)

// Where is what is needed to open a database: the caller's address and model, and a folder.
type Where struct{ URL, Model, Dir string }

type openBackendFunc func(ctx context.Context, w Where) (indexes.Backend, error)

// backends is the table of vector databases. server is the script of a server in Python; most databases need none.
var backends = []struct {
	name   string
	server python.Script
	help   string
	open   openBackendFunc
}{
	{"sqlite-vec", python.Script{}, "built in: exact search, one file per row, each batch on disk before the next", openSQLite},
	{"chroma", chroma.Script(), "its own server, started for the bench and then stopped; or yours with --url", func(ctx context.Context, w Where) (indexes.Backend, error) {
		if w.URL != "" {
			return chroma.Connect(ctx, w.URL)
		}
		return chroma.Start(ctx, w.Dir)
	}},
	{"pgvector", pgvectorServer(), "PostgreSQL with pgvector, exact search, started and stopped; or yours with --url", openPgvector(false)},
	{"pgvector-hnsw", pgvectorServer(), "the same with an HNSW index per collection", openPgvector(true)},
	{"marqo", python.Script{}, "your server at --url; it loads and embeds by itself (never run against a real Marqo)", func(ctx context.Context, w Where) (indexes.Backend, error) {
		if w.URL == "" {
			return nil, cli.WrongCall(errors.New("--backend marqo needs --url with the address of its server"))
		}
		return marqo.Connect(ctx, w.URL, w.Model)
	}},
}

// ServerScript is the script of a database's server, by the name that messages use; "" if there is none.
func ServerScript(name string) python.Script {
	for _, b := range backends {
		if b.server.Name != "" && python.Name(b.server.Name) == name {
			return b.server
		}
	}
	return python.Script{}
}

func BackendNames() []string {
	var out []string
	for _, b := range backends {
		out = append(out, b.name)
	}
	return out
}

func BackendHelp() string {
	var out strings.Builder
	for _, b := range backends {
		fmt.Fprintf(&out, "  %-13s %s\n", b.name, b.help)
	}
	return out.String()
}

func OpenBackend(ctx context.Context, name string, w Where) (indexes.Backend, error) {
	for _, b := range backends {
		if b.name == name {
			return b.open(ctx, w)
		}
	}
	return nil, fmt.Errorf("no database %q", name)
}
