// Package trail records in a file what a process is doing, for those who outlive it.
package trail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Step is what a process is doing.
type Step struct {
	Phase    string        // of the run
	What     string        // the only variant at work; empty when several may be
	Patience time.Duration // silence after which the process counts as hanging; 0 means that it may be silent
	At       time.Time     // of its last sign of life
}

// Trail is the file. Call one method at a time.
type Trail struct {
	file *os.File
	last Step
}

// New creates the file, or continues it.
func New(path string) (*Trail, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("trail: %w", err)
	}
	return &Trail{file: f}, nil
}

const (
	size  = 1024 // of the file: each step overwrites the one before it
	often = time.Second
)

// At records what is being done now. A sign of life without news is recorded once a second. It ignores
// write errors, because the file only tells what happened before a crash.
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

// Read is the last step in a file. It is empty when there is no file yet.
func Read(path string) Step {
	var s Step
	if data, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(bytes.TrimSpace(data), &s) // a half-written step counts as none
	}
	return s
}
