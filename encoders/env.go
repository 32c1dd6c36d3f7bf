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

// Env is what opening a variant may draw on.
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

// Model opens a model by the name that a suite has for it: built in, a folder, or a reference.
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

// Path is where a path of the suite leads to.
func (env Env) Path(name string) string {
	if name == "" || env.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(env.Dir, filepath.FromSlash(name))
}

// IsReference tells a reference from a folder: hf:, open_clip: or transformers: and what it names.
func IsReference(name string) bool {
	scheme, rest, ok := strings.Cut(name, ":")
	return ok && rest != "" && slices.Contains([]string{"hf", "open_clip", "transformers"}, scheme)
}

// Kept is where what was found out about model files is kept between runs. Whoever gives one sees to
// it that what another program or another machine found out is not in it.
type Kept interface {
	Get(key string) ([]byte, bool)
	Put(key string, value []byte) error
}
