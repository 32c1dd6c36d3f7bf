// Package qdranttest is a server that answers the few calls of Qdrant's REST API that fastclip makes as
// its documentation describes them. It is not Qdrant.
package qdranttest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"

	"github.com/google/uuid"
)

// Server keeps points in memory.
type Server struct {
	*httptest.Server
	Drop func(payload map[string]any) bool // points that it answers for, and loses

	mu          sync.Mutex
	collections map[string]*collection
}

type collection struct {
	size   int
	points map[uuid.UUID]point
}

type point struct {
	ID      string         `json:"id"`
	Vector  []float64      `json:"vector"`
	Payload map[string]any `json:"payload"`
}

// New starts one; the caller closes it.
func New() *Server {
	s := &Server{collections: map[string]*collection{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /collections", s.list)
	mux.HandleFunc("PUT /collections/{name}", s.create)
	mux.HandleFunc("DELETE /collections/{name}", s.remove)
	mux.HandleFunc("GET /collections/{name}", s.with(info))
	mux.HandleFunc("PUT /collections/{name}/points", s.with(s.upsert))
	mux.HandleFunc("POST /collections/{name}/points/query", s.with(query))
	mux.HandleFunc("POST /collections/{name}/points/count", s.with(count))
	s.Server = httptest.NewServer(mux)
	return s
}

// Collections is how many there are.
func (s *Server) Collections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.collections)
}

func answer(w http.ResponseWriter, result any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"result": result, "status": "ok", "time": 0.001}) // the client has gone when it fails
}

func refuse(w http.ResponseWriter, status int, format string, args ...any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": map[string]any{"error": fmt.Sprintf(format, args...)}, "time": 0.001})
}

func (s *Server) with(do func(http.ResponseWriter, *http.Request, *collection)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		name := r.PathValue("name")
		c := s.collections[name]
		if c == nil {
			refuse(w, http.StatusNotFound, "Not found: Collection `%s` doesn't exist!", name)
			return
		}
		do(w, r, c)
	}
}

func (s *Server) list(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]string{}
	for name := range s.collections {
		list = append(list, map[string]string{"name": name})
	}
	answer(w, map[string]any{"collections": list})
}

func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Vectors struct {
			Size     int    `json:"size"`
			Distance string `json:"distance"`
		} `json:"vectors"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Vectors.Size < 1 || body.Vectors.Distance != "Cosine" {
		refuse(w, http.StatusBadRequest, "Format error in JSON body: %v", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := r.PathValue("name")
	if s.collections[name] != nil {
		refuse(w, http.StatusConflict, "Wrong input: Collection `%s` already exists!", name)
		return
	}
	s.collections[name] = &collection{size: body.Vectors.Size, points: map[uuid.UUID]point{}}
	answer(w, true)
}

func (s *Server) remove(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := r.PathValue("name")
	_, was := s.collections[name]
	delete(s.collections, name)
	answer(w, was)
}

func info(w http.ResponseWriter, _ *http.Request, c *collection) {
	vectors := map[string]any{"size": c.size, "distance": "Cosine"}
	answer(w, map[string]any{"status": "green", "points_count": len(c.points), "config": map[string]any{"params": map[string]any{"vectors": vectors}}})
}

func (s *Server) upsert(w http.ResponseWriter, r *http.Request, c *collection) {
	var body struct {
		Points []point `json:"points"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, "Format error in JSON body: %v", err)
		return
	}
	ids := make([]uuid.UUID, len(body.Points))
	for i, p := range body.Points {
		var err error
		if ids[i], err = uuid.Parse(p.ID); err != nil {
			refuse(w, http.StatusBadRequest, "Format error in JSON body: value %s is not a valid point ID, valid values are either an unsigned integer or a UUID", p.ID)
			return
		}
		if len(p.Vector) != c.size {
			refuse(w, http.StatusBadRequest, "Wrong input: Vector dimension error: expected dim: %d, got %d", c.size, len(p.Vector))
			return
		}
	}
	for i, p := range body.Points {
		if s.Drop == nil || !s.Drop(p.Payload) {
			c.points[ids[i]] = p
		}
	}
	status := "acknowledged" // it is only in the log yet
	if r.URL.Query().Get("wait") == "true" {
		status = "completed"
	}
	answer(w, map[string]any{"operation_id": len(c.points), "status": status})
}

func query(w http.ResponseWriter, r *http.Request, c *collection) {
	body := struct {
		Query       []float64 `json:"query"`
		Limit       int       `json:"limit"`
		WithPayload bool      `json:"with_payload"`
	}{Limit: 10}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, "Format error in JSON body: %v", err)
		return
	}
	if len(body.Query) != c.size {
		refuse(w, http.StatusBadRequest, "Wrong input: Vector dimension error: expected dim: %d, got %d", c.size, len(body.Query))
		return
	}
	type scored struct {
		ID      string         `json:"id"`
		Version int            `json:"version"`
		Score   float64        `json:"score"`
		Payload map[string]any `json:"payload,omitempty"`
	}
	points := []scored{}
	for id, p := range c.points {
		found := scored{ID: id.String()}
		for i, f := range body.Query { // both are of length 1
			found.Score += f * p.Vector[i]
		}
		if body.WithPayload {
			found.Payload = p.Payload
		}
		points = append(points, found)
	}
	slices.SortFunc(points, func(a, b scored) int { return cmp.Compare(b.Score, a.Score) })
	answer(w, map[string]any{"points": points[:min(body.Limit, len(points))]})
}

func count(w http.ResponseWriter, _ *http.Request, c *collection) {
	answer(w, map[string]any{"count": len(c.points)})
}
