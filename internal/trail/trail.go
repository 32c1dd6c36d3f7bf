// Package trail keeps in a file what a process is doing, for whoever outlives it.
package trail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Step is what a process does.
type Step struct {
	Phase    string        // of the run
	What     string        // the one variant that is at work; empty: several may be
	Patience time.Duration // after which silence means that it hangs; 0: it may be silent
	At       time.Time     // of its last sign of life
}

// Trail is the file. One call at a time.
type Trail struct {
	file *os.File
	last Step
}

// New makes the file, or goes on with it.
func New(path string) (*Trail, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("trail: %w", err)
	}
	return &Trail{file: f}, nil
}

const (
	size  = 1024 // of the file: a step is written at once, over the last one
	often = time.Second
)

// At notes what is being done now. A sign of life that says nothing new is noted once a second. What cannot be
// written is left: it only tells what happened before a crash.
func (t *Trail) At(phase, what string, patience time.Duration) {
	now := Step{phase, what, patience, time.Now()}
	if same := phase == t.last.Phase && what == t.last.What && patience == t.last.Patience; same && now.At.Sub(t.last.At) < often {
		return
	}
	data, err := json.Marshal(now)
	if err != nil || len(data) > size {
		return
	}
	t.last = now
	_, _ = t.file.WriteAt(append(data, bytes.Repeat([]byte(" "), size-len(data))...), 0)
}

// Close closes the file.
func (t *Trail) Close() error { return t.file.Close() }

// Read is the last step in a file; none where there is no file yet.
func Read(path string) Step {
	var s Step
	if data, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(bytes.TrimSpace(data), &s) // half a step is none
	}
	return s
}
