// Package hub fetches models from a Hugging Face hub, or from another server with the same HTTP API. It stores
// them in the hub's own cache layout, so that Python's huggingface_hub and fastclip share one copy: models--OWNER
// --NAME/{blobs,refs,snapshots}.
package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Ref names a repository at a revision: a branch, a tag or a commit.
type Ref struct{ Repo, Revision string }

var (
	repoRule     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*/[A-Za-z0-9_][A-Za-z0-9._-]*$`)
	revisionRule = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._/+-]*$`)
	commitRule   = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// ParseRef reads "hf:OWNER/NAME" or "hf:OWNER/NAME@REV"; without REV it is main.
func ParseRef(s string) (Ref, error) {
	rest, ok := strings.CutPrefix(s, "hf:")
	repo, revision, at := strings.Cut(rest, "@")
	if !at {
		revision = "main"
	}
	r := Ref{Repo: repo, Revision: revision}
	if !ok || !repoRule.MatchString(repo) || !revisionRule.MatchString(revision) || !filepath.IsLocal(revision) {
		return Ref{}, fmt.Errorf("%q: want hf:OWNER/NAME or hf:OWNER/NAME@REVISION", s)
	}
	return r, nil
}

// Hub is where models come from and where they are stored.
type Hub struct {
	Endpoint string       // URL of the hub, without a slash at its end
	Cache    string       // folder of models--OWNER--NAME
	Token    string       // for private repositories; sent only to Endpoint's host
	Offline  bool         // use only what is in the cache
	HTTP     *http.Client // nil: http.DefaultClient
	Progress io.Writer    // gets one line per file, and one per second during a download; may be nil
	// Wait waits between tries. A nil Wait uses the clock.
	Wait func(ctx context.Context, d time.Duration) error
}

// FromEnv reads HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH and
// HF_HUB_OFFLINE as huggingface_hub does; home is the user's folder.
func FromEnv(getenv func(string) string, home string) (Hub, error) {
	first := func(values ...string) string {
		return values[max(0, slices.IndexFunc(values, func(s string) bool { return s != "" }))]
	}
	base := first(getenv("HF_HOME"), filepath.Join(first(getenv("XDG_CACHE_HOME"), filepath.Join(home, ".cache")), "huggingface"))
	h := Hub{
		Endpoint: strings.TrimRight(getenv("HF_ENDPOINT"), "/"),
		Cache:    first(getenv("HF_HUB_CACHE"), filepath.Join(base, "hub")),
		Token:    getenv("HF_TOKEN"),
		Offline:  slices.Contains([]string{"1", "ON", "YES", "TRUE"}, strings.ToUpper(getenv("HF_HUB_OFFLINE"))),
	}
	if h.Token == "" {
		data, err := os.ReadFile(first(getenv("HF_TOKEN_PATH"), filepath.Join(base, "token")))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return Hub{}, fmt.Errorf("read token: %w", err)
		}
		h.Token = strings.TrimSpace(string(data))
	}
	if h.Offline {
		return h, nil
	}
	if u, err := url.Parse(h.Endpoint); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return Hub{}, fmt.Errorf("HF_ENDPOINT is %q: set it to the hub's URL (https://...), or HF_HUB_OFFLINE=1 to use the cache alone", h.Endpoint)
	}
	return h, nil
}

// Selection says which files of a repository to fetch.
type Selection struct {
	// Include has patterns of path.Match, for the whole path and for the file name. Without patterns,
	// Default decides.
	Include []string
	// Pickle allows files that run code when Python loads them.
	Pickle bool
}

// takes tells whether a file is wanted.
func (s Selection) takes(name string) (bool, error) {
	if isPickle(name) && !s.Pickle {
		return false, nil
	}
	if len(s.Include) == 0 {
		return Default(name), nil
	}
	for _, pattern := range s.Include {
		for _, n := range []string{name, path.Base(name)} {
			if ok, err := path.Match(pattern, n); err != nil {
				return false, fmt.Errorf("pattern %q: %w", pattern, err)
			} else if ok {
				return true, nil
			}
		}
	}
	return false, nil
}

// Default tells whether fastclip or its adapters read a file: ONNX files with their external data,
// safetensors, configurations and vocabularies.
func Default(name string) bool {
	base := path.Base(name)
	ext := path.Ext(base)
	return slices.Contains([]string{".onnx", ".safetensors", ".json", ".txt", ".onnx_data"}, ext) || strings.Contains(base, ".onnx_data") ||
		strings.HasSuffix(base, ".onnx.data") || base == "README.md"
}

func isPickle(name string) bool {
	return slices.Contains([]string{".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz", ".h5", ".keras", ".msgpack"},
		strings.ToLower(path.Ext(name)))
}
