//go:build lean

package databases

import (
	"context"
	"fmt"

	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/python"
)

// Missing names the databases that the program was built without: their libraries take a minute to compile.
func Missing() []string { return []string{"sqlite-vec", "pgvector"} }

func openSQLite(context.Context, Where) (indexes.Backend, error) { return nil, leftOut("sqlite-vec") }

func pgvectorServer() python.Script { return python.Script{} }

func openPgvector(bool) openBackendFunc {
	return func(context.Context, Where) (indexes.Backend, error) { return nil, leftOut("pgvector") }
}

func leftOut(name string) error {
	return fmt.Errorf("%w: %s: this program was built without it: build it with ./task build", machine.ErrUnavailable, name)
}
