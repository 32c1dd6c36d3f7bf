// Package marqotest is a test server that answers the few calls of Marqo 2's HTTP API that fastclip makes, as the
// documentation describes them. It is not Marqo.
package marqotest

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
)

// Server keeps documents in memory.
type Server struct {
	*httptest.Server
	Drop func(id string) bool // documents that it answers for, and loses

	mu      sync.Mutex
	indexes map[string]*index
}

type index struct {
	ids     []string
	vectors map[string][]float64
}

// New starts a server, which the caller closes.
func New() *Server {
	s := &Server{indexes: map[string]*index{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /indexes", func(w http.ResponseWriter, _ *http.Request) { answer(w, map[string]any{"results": []any{}}) })
	mux.HandleFunc("POST /indexes/{name}", s.create)
	mux.HandleFunc("DELETE /indexes/{name}", s.remove)
	mux.HandleFunc("POST /indexes/{name}/documents", s.with(s.add))
	mux.HandleFunc("GET /indexes/{name}/documents", s.with(get))
	mux.HandleFunc("POST /indexes/{name}/search", s.with(search))
	mux.HandleFunc("GET /indexes/{name}/stats", s.with(func(w http.ResponseWriter, _ *http.Request, x *index) {
		answer(w, map[string]any{"numberOfDocuments": len(x.ids), "numberOfVectors": len(x.ids)})
	}))
	s.Server = httptest.NewServer(mux)
	return s
}

// Indexes is the number of indexes.
func (s *Server) Indexes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.indexes)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client has gone when it fails
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	answer(w, map[string]any{"message": message, "code": code, "type": "invalid_request"})
}

func (s *Server) with(do func(http.ResponseWriter, *http.Request, *index)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		x := s.indexes[r.PathValue("name")]
		if x == nil {
			refuse(w, http.StatusNotFound, "index_not_found", "Index not found")
			return
		}
		do(w, r, x)
	}
}

func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := r.PathValue("name")
	if s.indexes[name] != nil {
		refuse(w, http.StatusConflict, "index_already_exists", "Index "+name+" already exists")
		return
	}
	s.indexes[name] = &index{vectors: map[string][]float64{}}
	answer(w, map[string]any{"acknowledged": true, "index": name})
}

func (s *Server) remove(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.indexes, r.PathValue("name"))
	answer(w, map[string]any{"acknowledged": true})
}

func (s *Server) add(w http.ResponseWriter, r *http.Request, x *index) {
	var body struct {
		Documents    []map[string]string `json:"documents"`
		TensorFields []string            `json:"tensorFields"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body.TensorFields) == 0 {
		refuse(w, http.StatusBadRequest, "invalid_argument", "documents and tensorFields are required")
		return
	}
	items, failed := []map[string]any{}, false
	for _, d := range body.Documents {
		id := d["_id"]
		v, err := embed(d)
		if err != nil {
			failed = true
			items = append(items, map[string]any{"_id": id, "status": 400, "error": err.Error(), "code": "invalid_argument"})
			continue
		}
		items = append(items, map[string]any{"_id": id, "status": 200})
		if s.Drop != nil && s.Drop(id) {
			continue
		}
		if x.vectors[id] == nil {
			x.ids = append(x.ids, id)
		}
		x.vectors[id] = v
	}
	answer(w, map[string]any{"errors": failed, "processingTimeMs": 1, "index_name": r.PathValue("name"), "items": items})
}

// embed counts bytes: enough for documents to differ. An image is fetched, as Marqo does.
func embed(d map[string]string) ([]float64, error) {
	data := []byte(d["text"])
	if url := d["image"]; url != "" {
		resp, err := http.Get(url)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		if data, err = io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("image %s: %s: %w", url, resp.Status, err)
		}
	}
	v, norm := make([]float64, 32), 0.0
	for i, b := range data {
		v[(int(b)+i)%len(v)]++
	}
	for _, f := range v {
		norm += f * f
	}
	for i := range v {
		v[i] /= math.Sqrt(norm)
	}
	return v, nil
}

func get(w http.ResponseWriter, r *http.Request, x *index) {
	var ids []string
	if err := json.NewDecoder(r.Body).Decode(&ids); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_argument", "a list of ids is required")
		return
	}
	results := []map[string]any{}
	for _, id := range ids {
		doc := map[string]any{"_id": id, "_found": x.vectors[id] != nil}
		if v := x.vectors[id]; v != nil && r.URL.Query().Get("expose_facets") == "true" {
			doc["_tensor_facets"] = []any{map[string]any{"image": "", "_embedding": v}}
		}
		results = append(results, doc)
	}
	answer(w, map[string]any{"results": results})
}

func search(w http.ResponseWriter, r *http.Request, x *index) {
	var body struct {
		Limit   int `json:"limit"`
		Context struct {
			Tensor []struct {
				Vector []float64 `json:"vector"`
			} `json:"tensor"`
		} `json:"context"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body.Context.Tensor) != 1 {
		refuse(w, http.StatusBadRequest, "invalid_argument", "one context tensor is required")
		return
	}
	hits := []map[string]any{}
	for _, id := range x.ids {
		score := 0.0
		for i, f := range body.Context.Tensor[0].Vector {
			score += f * x.vectors[id][i]
		}
		hits = append(hits, map[string]any{"_id": id, "_score": score})
	}
	slices.SortStableFunc(hits, func(a, b map[string]any) int {
		if a["_score"].(float64) > b["_score"].(float64) {
			return -1
		}
		return 1
	})
	answer(w, map[string]any{"hits": hits[:min(body.Limit, len(hits))], "limit": body.Limit})
}
