// Package indexes is what vector databases have in common, as far as a benchmark needs it: one
// small interface. Each database is a package below; cmd/fastclip has the table of them.
package indexes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Document is an item to be indexed under its ID. Vector is of length 1, but for a database that
// embeds by itself: that gets where the image is, or the text.
type Document struct {
	ID       string
	Vector   []float32
	ImageURL string
	Text     string
}

// Backend is a vector database, perhaps one that it started.
type Backend interface {
	Name() string
	// Open opens the named collection for vectors of dim values, searched by cosine, or makes it.
	Open(ctx context.Context, name string, dim int) (Index, error)
	// Restart forgets whatever is not kept durably: a server that this program started is stopped
	// and started again. No Index may be open. A server of somebody else's is left alone.
	Restart(ctx context.Context) error
	// Close stops what was started; collections of a server of somebody else's are removed.
	Close() error
}

// Index is an open collection. It is for one goroutine.
type Index interface {
	// Add stores documents, replacing those of the same ID, durably when it returns.
	Add(ctx context.Context, docs []Document) error
	// Search is the IDs of the k nearest documents by cosine, nearest first; fewer when there are fewer.
	Search(ctx context.Context, query []float32, k int) ([]string, error)
	Count(ctx context.Context) (int, error)
	Close() error
}

// Embedder is an Index that embeds by itself: documents have no vectors but what it gives them.
type Embedder interface {
	// Vectors are those of the documents with these IDs, in their order.
	Vectors(ctx context.Context, ids []string) ([][]float32, error)
}

// Check says what is wrong with documents for a collection of vectors of dim values, or is nil.
func Check(docs []Document, dim int) error {
	for _, d := range docs {
		if d.ID == "" {
			return errors.New("a document has no id")
		}
		if len(d.Vector) != dim {
			return fmt.Errorf("document %s has %d values, the index has %d", d.ID, len(d.Vector), dim)
		}
	}
	return nil
}

// SafeName is a collection's name of nothing but letters, digits and the separator, which every
// database takes, and another one for another name.
func SafeName(name, separator string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return rune(separator[0])
	}, name)
	sum := sha256.Sum256([]byte(name))
	return "fastclip" + separator + clean[:min(len(clean), 40)] + separator + hex.EncodeToString(sum[:4])
}
