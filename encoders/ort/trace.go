package ort

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// TraceFile is the environment variable that names a file for a trace: each model that is loaded and each call is
// appended to it as a line of JSON.
const TraceFile = "FASTCLIP_TRACE"

// trace writes the lines. Nil writes nothing.
type trace struct {
	mu       sync.Mutex
	file     *os.File
	began    time.Time
	sessions int
}

// traced is a line: a session that was loaded, or a call of it.
type traced struct {
	Process  int               `json:"process"`
	Session  int               `json:"session"`
	At       float64           `json:"at"`   // seconds from the opening of the library
	Took     float64           `json:"took"` // seconds
	Model    string            `json:"model,omitempty"`
	Provider string            `json:"provider,omitempty"`
	Threads  int               `json:"threads,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
	Shapes   [][]int64         `json:"shapes,omitempty"` // of a call: those of the inputs, in the model's order
}

// newTrace opens the file that the environment names, if it names one.
func newTrace() (*trace, error) {
	path := os.Getenv(TraceFile)
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", TraceFile, err)
	}
	return &trace{file: f, began: time.Now()}, nil
}

// loaded writes that a model was loaded, and returns the number of its session.
func (t *trace) loaded(m Model, opt Options, began time.Time) (int, error) {
	if t == nil {
		return 0, nil
	}
	path := m.Path
	if path == "" {
		path = "built in"
	} else if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	t.mu.Lock()
	t.sessions++
	number := t.sessions
	t.mu.Unlock()
	return number, t.write(traced{Session: number, Model: path, Provider: Label(opt.Provider), Threads: max(1, opt.Threads), Settings: opt.Settings}, began)
}

// ran writes that a session was called.
func (t *trace) ran(session int, in []Tensor, began time.Time) error {
	if t == nil {
		return nil
	}
	line := traced{Session: session}
	for _, x := range in {
		line.Shapes = append(line.Shapes, x.Shape)
	}
	return t.write(line, began)
}

func (t *trace) write(line traced, began time.Time) error {
	line.Process, line.At, line.Took = os.Getpid(), began.Sub(t.began).Seconds(), time.Since(began).Seconds()
	data, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("%s: %w", TraceFile, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := t.file.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("%s: %w", TraceFile, err)
	}
	return nil
}

func (t *trace) close() error {
	if t == nil {
		return nil
	}
	return t.file.Close()
}
