package encoders

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/machine"
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

// Open opens the variant that spec names, with its decorators. A variant that cannot
// run here fails with an error that wraps machine.ErrUnavailable.
func Open(ctx context.Context, spec Spec, env Env) (Encoder, error) {
	spec = spec.WithDefaults()
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	open, ok := runtimes()[spec.Runtime]
	if !ok {
		return nil, fmt.Errorf("%w: runtime %q is not in this build (it has %s)", machine.ErrUnavailable, spec.Runtime, strings.Join(slices.Sorted(maps.Keys(runtimes())), ", "))
	}
	enc, err := open(ctx, spec, env)
	if err != nil {
		return nil, err
	}
	if spec.Trim {
		enc = Trimmed(enc) // inside Batched: each batch is cut to its own longest text
	}
	return Checked(Batched(enc, spec.Batch)), nil
}

// runtimes is the one table of runtimes.
func runtimes() map[string]func(context.Context, Spec, Env) (Encoder, error) {
	all := map[string]func(context.Context, Spec, Env) (Encoder, error){onnxRuntime: openONNX, "oip": openOIP}
	for name := range pythonRuntimes() {
		all[name] = openPython
	}
	return all
}
