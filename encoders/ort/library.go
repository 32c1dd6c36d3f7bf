// Package ort runs ONNX models through ONNX Runtime. It alone imports onnxruntime_go. It knows nothing of CLIP:
// tensors in, float32 rows out.
package ort

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/native"
)

// Library is the loaded shared library of ONNX Runtime. The binding allows only one at a time in a process.
// Whoever opens it closes it, after all its sessions.
type Library struct {
	path  string
	once  sync.Once
	err   error
	trace *trace

	mu      sync.Mutex
	plugins []string          // libraries of providers, by absolute path
	entries map[string]bool   // session config entries that were checked
	loaded  map[string]string // libraries of a provider with their versions, as they were at the first request
}

// Open loads the library at path, or the one that native.Find names if path is empty. Without a library, the error
// wraps machine.ErrUnavailable and says how to install it.
func Open(path string) (*Library, error) {
	if path == "" {
		found, err := native.Find("onnxruntime")
		if err != nil {
			return nil, fmt.Errorf("%w: %w", machine.ErrUnavailable, err)
		}
		path = found
	}
	if onnx.IsInitialized() {
		return nil, errors.New("onnx runtime is already open in this process")
	}
	silence()
	onnx.SetSharedLibraryPath(path)
	// Warnings about fallbacks matter to developers of models, not to a table's reader.
	if err := onnx.InitializeEnvironment(onnx.WithLogLevelError()); err != nil {
		if strings.Contains(err.Error(), "Error setting ORT API base") { // it does not have that version of the API
			err = fmt.Errorf("it is too old: this fastclip wants ONNX Runtime %s or newer: fastclip setup fetches one, and FASTCLIP_ORT_LIB names another (%w)", oldest, err)
		}
		return nil, fmt.Errorf("%w: load onnx runtime %s: %w", machine.ErrUnavailable, path, err)
	}
	t, err := newTrace()
	if err != nil {
		return nil, errors.Join(err, onnx.DestroyEnvironment())
	}
	return &Library{path: path, trace: t}, nil
}

// oldest is the first release that has the API of the binding: API 29.
const oldest = "1.29"

// Silent is the environment variable that turns ONNX Runtime's telemetry off. ONNX Runtime looks at it when it is
// loaded; without it, it looks up its vendor's host and stores an id of the device.
const Silent = "ORT_DISABLE_TELEMETRY"

// silence turns telemetry off for this process and its children, unless the user has set the variable.
func silence() {
	if _, said := os.LookupEnv(Silent); !said {
		_ = os.Setenv(Silent, "1") // its errors are of the name
	}
}

// Path is the file the library was loaded from.
func (l *Library) Path() string { return l.path }

// Version is ONNX Runtime's own version, such as "1.32.0".
func (l *Library) Version() string { return onnx.GetVersion() }

// Close unloads the library; further calls return the first result.
func (l *Library) Close() error {
	l.once.Do(func() { l.err = errors.Join(onnx.DestroyEnvironment(), l.trace.close()) })
	return l.err
}

// Accelerators are the libraries of a provider that numbers depend on (machine.Accelerators), as the first
// session on it loaded them. Libraries that a later call loads do not make the same model another one.
func (l *Library) Accelerators(provider string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text, ok := l.loaded[provider]
	if !ok {
		if l.loaded == nil {
			l.loaded = map[string]string{}
		}
		text = machine.Accelerators(provider, 0)
		l.loaded[provider] = text
	}
	return text
}
