// Package chroma keeps vectors in a Chroma server, over its HTTP API v2.
package chroma

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/python"
)

//go:embed chroma_server.py
var files embed.FS

// Script runs Chroma's server from its Python package.
func Script() python.Script { return python.Script{Files: files, Name: "chroma_server.py"} }

const (
	startWait   = 2 * time.Minute // a first start from a cold disk
	callTimeout = 2 * time.Minute
	collections = "/api/v2/tenants/default_tenant/databases/default_database/collections"
)

// Backend is a Chroma server: one that fastclip has started, or the user's.
type Backend struct {
	dir    string
	api    *indexes.API
	server *python.Process
	run    string          // part of all collection names, so that they differ from those of other users and of killed runs
	made   map[string]bool // the names of collections made so far
}

// Start runs a server from Chroma's Python package that keeps its files in dir.
func Start(ctx context.Context, dir string) (*Backend, error) {
	b := &Backend{dir: dir, made: map[string]bool{}}
	return b, b.start(ctx)
}

// Connect uses the server at url.
func Connect(ctx context.Context, url string) (*Backend, error) {
	b := &Backend{api: indexes.NewAPI(url, callTimeout), run: rand.Text(), made: map[string]bool{}}
	if err := b.api.Do(ctx, "GET", "/api/v2/heartbeat", nil, nil); err != nil {
		return nil, fmt.Errorf("%w: chroma at %s: %w", machine.ErrUnavailable, url, err)
	}
	return b, nil
}

func (b *Backend) start(ctx context.Context) error {
	server, err := python.Start(ctx, python.Command{Script: Script(), Args: []string{"--path", b.dir}, Deadlines: python.Deadlines{Start: startWait}})
	if errors.Is(err, python.ErrMissing) && ctx.Err() == nil {
		return fmt.Errorf("%w: chroma: %w", machine.ErrUnavailable, err)
	}
	if err != nil {
		return err
	}
	b.server, b.api = server, indexes.NewAPI(server.URL, callTimeout)
	return nil
}

// Name is "chroma".
func (b *Backend) Name() string { return "chroma" }

// Restart stops the server and starts one on the same folder.
func (b *Backend) Restart(ctx context.Context) error {
	if b.server == nil {
		return nil
	}
	if err := b.server.Close(); err != nil {
		return err
	}
	return b.start(ctx)
}

// Close stops the server, or removes the collections from the user's server.
func (b *Backend) Close() error {
	if b.server != nil {
		return b.server.Close()
	}
	var errs []error
	for name := range b.made {
		errs = append(errs, b.api.Do(context.Background(), "DELETE", collections+"/"+name, nil, nil))
	}
	return errors.Join(errs...)
}

// Open makes the collection if it does not exist.
func (b *Backend) Open(ctx context.Context, name string, dim int) (indexes.Index, error) {
	name = indexes.SafeName(name+b.run, "-")
	var got struct {
		ID        string `json:"id"`
		Dimension int    `json:"dimension"` // 0 or null while the collection is empty
	}
	err := b.api.Do(ctx, "POST", collections, map[string]any{
		"name": name, "get_or_create": true, "configuration": map[string]any{"hnsw": map[string]any{"space": "cosine"}},
	}, &got)
	if err != nil {
		return nil, fmt.Errorf("chroma: %w", err)
	}
	if got.Dimension != 0 && got.Dimension != dim {
		return nil, fmt.Errorf("chroma: collection %s has vectors of %d values, not %d", name, got.Dimension, dim)
	}
	b.made[name] = true
	return &index{api: b.api, path: collections + "/" + got.ID, dim: dim}, nil
}

type index struct {
	api  *indexes.API
	path string
	dim  int
}

func (x *index) Add(ctx context.Context, docs []indexes.Document) error {
	if err := indexes.Check(docs, x.dim); err != nil {
		return fmt.Errorf("chroma: %w", err)
	}
	if len(docs) == 0 {
		return nil // Chroma does not refuse single documents
	}
	ids, vectors := make([]string, len(docs)), make([][]float32, len(docs))
	for i, d := range docs {
		ids[i], vectors[i] = d.ID, d.Vector
	}
	if err := x.api.Do(ctx, "POST", x.path+"/upsert", map[string]any{"ids": ids, "embeddings": vectors}, nil); err != nil {
		return fmt.Errorf("chroma: %w", err)
	}
	return nil
}

func (x *index) Search(ctx context.Context, query []float32, k int) ([]string, error) {
	var got struct {
		IDs [][]string `json:"ids"`
	}
	err := x.api.Do(ctx, "POST", x.path+"/query", map[string]any{"query_embeddings": [][]float32{query}, "n_results": k, "include": []string{}}, &got)
	if err != nil {
		return nil, fmt.Errorf("chroma: %w", err)
	}
	if len(got.IDs) != 1 {
		return nil, fmt.Errorf("chroma: %d answers to one query", len(got.IDs))
	}
	return got.IDs[0], nil
}

func (x *index) Count(ctx context.Context) (n int, err error) {
	if err := x.api.Do(ctx, "GET", x.path+"/count", nil, &n); err != nil {
		return 0, fmt.Errorf("chroma: %w", err)
	}
	return n, nil
}

func (x *index) Close() error { return nil } // nothing to close: a collection is only a name
