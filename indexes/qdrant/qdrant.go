// Package qdrant keeps vectors in a Qdrant server, over its REST API as its documentation describes it
// (1.10 or later); this package's tests run against a server that answers so, not against Qdrant.
// Qdrant's own Go client speaks gRPC alone, and would bring grpc and more of protobuf along.
package qdrant

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/fastclip/fastclip/indexes"
)

const callTimeout = 2 * time.Minute

// Backend is a Qdrant server of somebody else's.
type Backend struct {
	api  *indexes.API
	run  string          // sets collections apart from those of others
	made map[string]bool // collections
}

// Connect uses the server at url, its REST port: http://localhost:6333.
func Connect(ctx context.Context, url string) (*Backend, error) {
	b := &Backend{api: indexes.NewAPI(url, callTimeout), run: rand.Text(), made: map[string]bool{}}
	var got struct {
		Result *struct{} `json:"result"`
	}
	err := b.api.Do(ctx, "GET", "/collections", nil, &got)
	if err == nil && got.Result == nil {
		err = errors.New("GET /collections: its answer is not Qdrant's")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: qdrant at %s: %w", indexes.ErrUnavailable, url, err)
	}
	return b, nil
}

// Name is qdrant.
func (b *Backend) Name() string { return "qdrant" }

// Restart leaves somebody else's server alone.
func (b *Backend) Restart(context.Context) error { return nil }

// Close removes the collections that were made.
func (b *Backend) Close() error {
	var errs []error
	for name := range b.made {
		errs = append(errs, b.api.Do(context.Background(), "DELETE", "/collections/"+name, nil, nil))
	}
	return errors.Join(errs...)
}

// Open makes the collection, unless this Backend has made it before.
func (b *Backend) Open(ctx context.Context, name string, dim int) (indexes.Index, error) {
	name = indexes.SafeName(name+b.run, "-")
	x := &index{api: b.api, path: "/collections/" + name, dim: dim}
	if b.made[name] {
		return x, x.sameDim(ctx)
	}
	settings := map[string]any{"vectors": map[string]any{"size": dim, "distance": "Cosine"}}
	if err := b.api.Do(ctx, "PUT", x.path, settings, nil); err != nil {
		return nil, fmt.Errorf("qdrant: %w", err)
	}
	b.made[name] = true
	return x, nil
}

type index struct {
	api  *indexes.API
	path string
	dim  int
}

func (x *index) sameDim(ctx context.Context) error {
	var got struct {
		Result struct {
			Config struct {
				Params struct {
					Vectors struct {
						Size int `json:"size"`
					} `json:"vectors"`
				} `json:"params"`
			} `json:"config"`
		} `json:"result"`
	}
	if err := x.api.Do(ctx, "GET", x.path, nil, &got); err != nil {
		return fmt.Errorf("qdrant: %w", err)
	}
	if has := got.Result.Config.Params.Vectors.Size; has != x.dim {
		return fmt.Errorf("qdrant: a collection has vectors of %d values, not %d", has, x.dim)
	}
	return nil
}

// fieldID is where a point's payload keeps the document's ID: Qdrant's own are numbers or UUIDs.
const fieldID = "id"

// pointID is the UUID (version 5) of a document's ID.
func pointID(id string) string { return uuid.NewSHA1(uuid.NameSpaceOID, []byte(id)).String() }

// Add waits until the points are stored and can be searched.
func (x *index) Add(ctx context.Context, docs []indexes.Document) error {
	if err := indexes.Check(docs, x.dim); err != nil {
		return fmt.Errorf("qdrant: %w", err)
	}
	if len(docs) == 0 {
		return nil
	}
	points := make([]map[string]any, len(docs))
	for i, d := range docs {
		points[i] = map[string]any{"id": pointID(d.ID), "vector": d.Vector, "payload": map[string]string{fieldID: d.ID}}
	}
	var got struct {
		Result struct {
			Status string `json:"status"`
		} `json:"result"`
	}
	if err := x.api.Do(ctx, "PUT", x.path+"/points?wait=true", map[string]any{"points": points}, &got); err != nil {
		return fmt.Errorf("qdrant: %w", err)
	}
	if got.Result.Status != "completed" {
		return fmt.Errorf("qdrant: %d documents: status %q, not completed", len(docs), got.Result.Status)
	}
	return nil
}

func (x *index) Search(ctx context.Context, query []float32, k int) ([]string, error) {
	var got struct {
		Result struct {
			Points []struct {
				Payload map[string]string `json:"payload"`
			} `json:"points"`
		} `json:"result"`
	}
	if err := x.api.Do(ctx, "POST", x.path+"/points/query", map[string]any{"query": query, "limit": k, "with_payload": true}, &got); err != nil {
		return nil, fmt.Errorf("qdrant: %w", err)
	}
	var ids []string
	for _, p := range got.Result.Points {
		ids = append(ids, p.Payload[fieldID])
	}
	return ids, nil
}

func (x *index) Count(ctx context.Context) (int, error) {
	var got struct {
		Result struct {
			Count int `json:"count"`
		} `json:"result"`
	}
	if err := x.api.Do(ctx, "POST", x.path+"/points/count", map[string]any{"exact": true}, &got); err != nil {
		return 0, fmt.Errorf("qdrant: %w", err)
	}
	return got.Result.Count, nil
}

func (x *index) Close() error { return nil } // a collection is a name
