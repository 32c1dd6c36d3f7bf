package hub_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// fakeHub serves one repository, owner/name, as the hub does: an API, and files. Large files redirect to another host.
type fakeHub struct {
	*httptest.Server
	storage *httptest.Server
	files   map[string][]byte
	large   map[string]bool

	mu       sync.Mutex
	requests []string       // paths, with the requested range
	cut      map[string]int // for each file, how often its transfer is cut in the middle
	status   map[string][]int
	noRange  bool
	leaked   bool // true if the storage host saw the token
	token    string
	lie      map[string][]byte // for each file, wrong bytes to send instead
	extra    []map[string]any  // more files for the listing
}

func newHub(t *testing.T) *fakeHub {
	h := &fakeHub{
		files: map[string][]byte{
			"config.json": []byte(`{"a": 1}`), "onnx/model.onnx": bytes.Repeat([]byte("weights!"), 50000), "pytorch_model.bin": []byte("pickle"), "README.md": []byte("hello"),
		},
		large: map[string]bool{"onnx/model.onnx": true}, cut: map[string]int{}, status: map[string][]int{}, lie: map[string][]byte{},
	}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	h.storage = httptest.NewServer(http.HandlerFunc(h.store))
	t.Cleanup(func() { h.Close(); h.storage.Close() })
	return h
}

func (h *fakeHub) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = append(h.requests, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Range")))
	if s := h.status[r.URL.Path]; len(s) > 0 {
		h.status[r.URL.Path] = s[1:]
		w.Header().Set("Retry-After", "7")
		w.Header().Set("X-Error-Message", "no luck")
		w.WriteHeader(s[0])
		return
	}
	if h.token != "" && r.Header.Get("Authorization") != "Bearer "+h.token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/api/models/owner/name/revision/") {
		h.list(w, strings.TrimPrefix(r.URL.Path, "/api/models/owner/name/revision/"))
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, "/owner/name/resolve/"+commit+"/")
	switch {
	case !ok || h.files[name] == nil:
		w.WriteHeader(http.StatusNotFound)
	case h.large[name]:
		// under another name, so that it counts as another host
		http.Redirect(w, r, strings.Replace(h.storage.URL, "127.0.0.1", "localhost", 1)+"/"+name, http.StatusFound)
	default:
		h.send(w, r, name)
	}
}

func (h *fakeHub) list(w http.ResponseWriter, revision string) {
	if revision != "main" && revision != "v1" && revision != commit {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	siblings := append([]map[string]any{}, h.extra...)
	for name, data := range h.files {
		git := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(data), data))
		s := map[string]any{"rfilename": name, "size": len(data), "blobId": hex.EncodeToString(git[:])}
		if h.large[name] {
			sum := sha256.Sum256(data)
			s["lfs"] = map[string]any{"sha256": hex.EncodeToString(sum[:]), "size": len(data)}
		}
		siblings = append(siblings, s)
	}
	sort.Slice(siblings, func(i, j int) bool {
		return fmt.Sprint(siblings[i]["rfilename"]) < fmt.Sprint(siblings[j]["rfilename"])
	})
	json.NewEncoder(w).Encode(map[string]any{"id": "owner/name", "sha": commit, "siblings": siblings})
}

func (h *fakeHub) store(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = append(h.requests, strings.TrimSpace("storage"+r.URL.Path+" "+r.Header.Get("Range")))
	h.leaked = h.leaked || r.Header.Get("Authorization") != ""
	h.send(w, r, r.URL.Path[1:])
}

func (h *fakeHub) send(w http.ResponseWriter, r *http.Request, name string) {
	data := h.files[name]
	if lie := h.lie[name]; lie != nil {
		data = lie
	}
	if h.noRange {
		r.Header.Del("Range")
	}
	if h.cut[name] > 0 {
		h.cut[name]--
		w = &cutting{ResponseWriter: w, left: 100000}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// cutting ends the connection after some bytes.
type cutting struct {
	http.ResponseWriter
	left int
}

func (c *cutting) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p[:min(len(p), c.left)])
	if c.left -= n; c.left == 0 {
		http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, err
}
