// Package marqo adds documents through the HTTP API of a Marqo 2 server, which loads and embeds by itself: it gets
// an image as its URL, and a text as it is. The package follows the API's documentation. Its tests run against a
// server that answers in the documented way, not against Marqo. Because it never ran against the real server, it
// makes only the calls that the table of add_documents times and checks: make an index, add, count, remove. It does
// not search.
package marqo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/internal/machine"
)

// callTimeout is long because the server embeds a whole batch in one call.
const callTimeout = 10 * time.Minute

// mostDocuments is Marqo's default limit of documents per call.
const mostDocuments = 128

// Backend is the user's Marqo server.
type Backend struct {
	api   *indexes.API
	model string
	run   string // part of all index names, so that they differ from those of other users and of killed runs
	made  map[string]bool
}

// Connect uses the server at url. The model must be one that Marqo knows, such as open_clip/ViT-B-32/openai.
func Connect(ctx context.Context, url, model string) (*Backend, error) {
	b := &Backend{api: indexes.NewAPI(url, callTimeout), model: model, run: rand.Text(), made: map[string]bool{}}
	if err := b.api.Do(ctx, "GET", "/indexes", nil, nil); err != nil {
		return nil, fmt.Errorf("%w: marqo at %s: %w", machine.ErrUnavailable, url, err)
	}
	return b, nil
}

// Name is "marqo".
func (b *Backend) Name() string { return "marqo" }

// Model is the name of the model that the server embeds with.
func (b *Backend) Model() string { return b.model }

// Restart does nothing, because the server is the user's.
func (b *Backend) Restart(context.Context) error { return nil }

// Close removes the indexes that this Backend made.
func (b *Backend) Close() error {
	var errs []error
	for name := range b.made {
		errs = append(errs, b.api.Do(context.Background(), "DELETE", "/indexes/"+name, nil, nil))
	}
	return errors.Join(errs...)
}

// Open makes the index, unless this Backend has made it before. It ignores dim, which depends on the model.
func (b *Backend) Open(ctx context.Context, name string, _ int) (indexes.Index, error) {
	name = indexes.SafeName(name+b.run, "_")
	if !b.made[name] {
		settings := map[string]any{"type": "unstructured", "model": b.model, "treatUrlsAndPointersAsImages": true, "normalizeEmbeddings": true}
		if err := b.api.Do(ctx, "POST", "/indexes/"+name, settings, nil); err != nil {
			return nil, fmt.Errorf("marqo: %w", err)
		}
		b.made[name] = true
	}
	return &index{api: b.api, path: "/indexes/" + name}, nil
}

type index struct {
	api  *indexes.API
	path string
}

// The fields of a document that Marqo embeds.
const (
	fieldImage = "image"
	fieldText  = "text"
)

func (x *index) Add(ctx context.Context, docs []indexes.Document) error {
	if len(docs) == 0 {
		return nil
	}
	if len(docs) > mostDocuments {
		return fmt.Errorf("marqo: %d documents in one call: want at most %d", len(docs), mostDocuments)
	}
	list := make([]map[string]string, len(docs))
	for i, d := range docs {
		switch list[i] = map[string]string{"_id": d.ID}; {
		case d.ID == "":
			return errors.New("marqo: a document has no id")
		case d.ImageURL != "":
			list[i][fieldImage] = d.ImageURL
		default:
			list[i][fieldText] = d.Text
		}
	}
	var got struct {
		Errors bool `json:"errors"`
		Items  []struct {
			ID      string `json:"_id"`
			Status  int    `json:"status"`
			Error   string `json:"error"`
			Message string `json:"message"`
		} `json:"items"`
	}
	body := map[string]any{"documents": list, "tensorFields": []string{fieldImage, fieldText}}
	if err := x.api.Do(ctx, "POST", x.path+"/documents", body, &got); err != nil {
		return fmt.Errorf("marqo: %w", err)
	}
	// The call can succeed although some of its documents failed.
	for _, item := range got.Items {
		if item.Status/100 != 2 {
			return fmt.Errorf("marqo: document %s: status %d: %s", item.ID, item.Status, strings.TrimSpace(item.Error+" "+item.Message))
		}
	}
	if got.Errors || len(got.Items) != len(docs) {
		return fmt.Errorf("marqo: the server took %d of %d documents", len(got.Items), len(docs))
	}
	return nil
}

func (x *index) Count(ctx context.Context) (int, error) {
	var got struct {
		Documents int `json:"numberOfDocuments"`
	}
	if err := x.api.Do(ctx, "GET", x.path+"/stats", nil, &got); err != nil {
		return 0, fmt.Errorf("marqo: %w", err)
	}
	return got.Documents, nil
}

func (x *index) Close() error { return nil } // an index is a name
