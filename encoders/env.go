package encoders

import (
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fastclip/fastclip/encoders/ort"
)

// Env is what opening a variant may use.
type Env struct {
	Models fs.FS                        // built-in models, a folder each; may be nil
	ORT    func() (*ort.Library, error) // the ONNX Runtime library, opened on first use
	// Find is where a model lies that is named by a reference, such as hf:OWNER/NAME or
	// open_clip:ARCH:TAG, and the reference with its revision pinned; nil knows none.
	Find func(ref string) (dir, pinned string, err error)
	// Dir is what relative paths of models and adapters are relative to: the suite's folder.
	Dir string
	// Stderr is where what a variant's adapter writes to its stderr goes; nil throws it away.
	Stderr func(variant string) io.Writer
	// Retried is told of each request to a variant's server that was sent again; may be nil.
	Retried func(variant string)
	// Timeout is what a server somewhere else has to say what it is, where the variant has no deadline
	// of a start; 0: as long as openURL waits at most.
	Timeout time.Duration
	// Kept keeps what InfoFromCache needs between runs; nil keeps nothing.
	Kept Kept
}

// Model opens a model by its name in a suite: a built-in one, a folder, or a reference.
func (env Env) Model(name string) (*Model, error) {
	if env.Find == nil || !IsReference(name) {
		return openModelIn(env.Dir, name, env.Models)
	}
	dir, pinned, err := env.Find(name)
	if err != nil {
		return nil, err
	}
	m, err := OpenModel(dir, nil)
	if err != nil {
		return nil, err
	}
	m.Name, m.pinned = name, pinned
	return m, nil
}

// Path resolves a path of the suite.
func (env Env) Path(name string) string {
	if name == "" || env.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(env.Dir, filepath.FromSlash(name))
}

// IsReference tells references from folders: hf:, open_clip: or transformers:, followed by a name.
func IsReference(name string) bool {
	scheme, rest, ok := strings.Cut(name, ":")
	return ok && rest != "" && slices.Contains([]string{"hf", "open_clip", "transformers"}, scheme)
}

// Kept stores facts about model files between runs. Its provider makes sure that facts found by another program or
// on another machine are not in it.
type Kept interface {
	Get(key string) ([]byte, bool)
	Put(key string, value []byte) error
}
