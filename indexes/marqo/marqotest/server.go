// Package marqotest is a server for tests. It answers the few calls of Marqo 2's HTTP API that fastclip makes, in the documented way. It is not Marqo.
package marqotest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// Server keeps documents in memory.
type Server struct {
	*httptest.Server
	Drop func(id string) bool // reports documents that the server accepts and then loses

	mu      sync.Mutex
	indexes map[string]*index
}

type index struct{ ids map[string]bool }

// New starts a server, which the caller closes.
func New() *Server {
	s := &Server{indexes: map[string]*index{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /indexes", func(w http.ResponseWriter, _ *http.Request) { answer(w, map[string]any{"results": []any{}}) })
	mux.HandleFunc("POST /indexes/{name}", s.create)
	mux.HandleFunc("DELETE /indexes/{name}", s.remove)
	mux.HandleFunc("POST /indexes/{name}/documents", s.with(s.add))
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
	_ = json.NewEncoder(w).Encode(v) // fails only when the client has gone
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
	s.indexes[name] = &index{ids: map[string]bool{}}
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
		if err := load(d); err != nil {
			failed = true
			items = append(items, map[string]any{"_id": id, "status": 400, "error": err.Error(), "code": "invalid_argument"})
			continue
		}
		items = append(items, map[string]any{"_id": id, "status": 200})
		if s.Drop == nil || !s.Drop(id) {
			x.ids[id] = true
		}
	}
	answer(w, map[string]any{"errors": failed, "processingTimeMs": 1, "index_name": r.PathValue("name"), "items": items})
}

// load fetches a document's image, as Marqo does.
func load(d map[string]string) error {
	url := d["image"]
	if url == "" {
		return nil
	}
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("image %s: %s", url, resp.Status)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
