package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/internal/store"
)

// documents repeats a dataset's pictures and texts under new IDs until there are as many as requested.
type documents struct {
	images []datasets.Image
	texts  []datasets.Text
	http   bool
	server *http.Server
	base   string // prefix of the images' URLs
	client http.Client

	skipped map[int]bool // numbers of images that could not be used
	problem []string     // one line per problem
}

func newDocuments(s *embed.Set, cfg IndexingConfig) (*documents, error) {
	d := &documents{images: s.Images, texts: s.Texts, http: cfg.HTTP, client: http.Client{Timeout: time.Minute}, skipped: map[int]bool{}}
	_, embeds := cfg.Backend.(interface{ Model() string })
	if !cfg.HTTP && !embeds {
		return d, nil
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve images: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /images/{number}", d.serve)
	d.server, d.base = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}, "http://"+ln.Addr().String()+"/images/"
	go func() { _ = d.server.Serve(ln) }() // returns when close is called
	return d, nil
}

func (d *documents) serve(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 0 || n >= len(d.images) {
		http.NotFound(w, r)
		return
	}
	data, err := d.images[n].Read(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", http.DetectContentType(data))
	_, _ = w.Write(data) // fails only when the client has gone
}

func (d *documents) close() {
	if d.server != nil {
		_ = d.server.Close()
	}
}

// load reads document n's image, from its file or over HTTP.
func (d *documents) load(ctx context.Context, n int) ([]byte, error) {
	if !d.http {
		return d.images[n%len(d.images)].Read(ctx)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url(n), nil)
	if err != nil {
		return nil, err
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, data[:min(len(data), 200)])
	}
	return data, err
}

// skip records that document n's image cannot be used.
func (d *documents) skip(n int, err error) {
	if at := n % len(d.images); !d.skipped[at] {
		d.skipped[at] = true
		d.problem = append(d.problem, fmt.Sprintf("image %s left out: %s", d.imageName(n), variants.Reason(err)))
	}
}

func (d *documents) url(n int) string { return d.base + strconv.Itoa(n%len(d.images)) }

func (d *documents) imageName(n int) string { return d.images[n%len(d.images)].Name }

func (d *documents) id(modality string, n int) string { return fmt.Sprintf("%s-%06d", modality, n) }

func (d *documents) textsOf(numbers []int) []string {
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = d.texts[n%len(d.texts)].Text
	}
	return out
}

// unembedded makes documents for a database that computes the embeddings itself.
func (d *documents) unembedded(modality string, numbers []int) []indexes.Document {
	out := make([]indexes.Document, len(numbers))
	for i, n := range numbers {
		out[i].ID = d.id(modality, n)
		if modality == store.TowerImage {
			out[i].ImageURL = d.url(n)
		} else {
			out[i].Text = d.texts[n%len(d.texts)].Text
		}
	}
	return out
}
