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
	Models fs.FS                        // built-in models, one folder each; may be nil
	ORT    func() (*ort.Library, error) // the ONNX Runtime library, opened on first use
	// Find locates a model by a reference, such as hf:OWNER/NAME or open_clip:ARCH:TAG. It also returns
	// the reference with its revision pinned. A nil Find knows no models.
	Find func(ref string) (dir, pinned string, err error)
	// Dir is the folder that relative paths of models and adapters start from: the suite's folder.
	Dir string
	// Stderr receives what a variant's adapter writes to its stderr. A nil Stderr throws it away.
	Stderr func(variant string) io.Writer
	// Retried is called for each request that was sent to a variant's server again; may be nil.
	Retried func(variant string)
	// Timeout is how long a remote server has to say what it is, for variants without a start deadline. 0
	// means the longest wait of openURL.
	Timeout time.Duration
	// Kept stores what InfoFromCache needs between runs. A nil Kept stores nothing.
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

// Path resolves a path in the suite.
func (env Env) Path(name string) string {
	if name == "" || env.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(env.Dir, filepath.FromSlash(name))
}

// IsReference tells references from folders. A reference is hf:, open_clip: or transformers:, followed by
// a name.
func IsReference(name string) bool {
	scheme, rest, ok := strings.Cut(name, ":")
	return ok && rest != "" && slices.Contains([]string{"hf", "open_clip", "transformers"}, scheme)
}

// Kept stores facts about model files between runs. Its provider ensures that it holds no facts from
// another program or another machine. Goroutines may use it at once.
type Kept interface {
	Get(key string) ([]byte, bool)
	Put(key string, value []byte) error
}
