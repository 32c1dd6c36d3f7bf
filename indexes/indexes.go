// Package indexes is a small interface to vector databases: what a benchmark needs of them. Each database has a package below this one.
// cmd/fastclip/databases lists them.
package indexes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Document is an item to index under its ID. Vector has length 1. A database that computes embeddings itself gets the image's address, or the text, instead
// of a vector.
type Document struct {
	ID       string
	Vector   []float32
	ImageURL string
	Text     string
}

// Backend is a vector database, which fastclip may have started.
type Backend interface {
	Name() string
	// Open opens the named collection for vectors of dim values, searched by cosine, or makes it.
	Open(ctx context.Context, name string, dim int) (Index, error)
	// Restart makes the database lose what it has not stored durably: it stops a server that fastclip started, and starts it again. No Index may be open. A
	// server that belongs to the user is left alone.
	Restart(ctx context.Context) error
	// Close stops a server that fastclip started. On the user's own server, it removes the collections.
	Close() error
}

// Index is an open collection, for use by one goroutine.
type Index interface {
	// Add stores documents and replaces those with the same IDs. When it returns, they are stored durably.
	Add(ctx context.Context, docs []Document) error
	Count(ctx context.Context) (int, error)
	Close() error
}

// Searcher is an Index of vectors that it was given.
type Searcher interface {
	// Search is the IDs of the k nearest documents by cosine, nearest first; fewer when there are fewer.
	Search(ctx context.Context, query []float32, k int) ([]string, error)
}

// Check returns what is wrong with documents for a collection of vectors with dim values, or nil.
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

// SafeName turns a name into a collection name that every database accepts: letters, digits and the separator. Different names give different results.
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
