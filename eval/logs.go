package eval

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// logFolder is where, in a run's folder, the adapters' stderr is: logs/VARIANT.stderr.txt.
const logFolder = "logs"

// logLimit is how much of a variant's stderr is kept.
const logLimit = 16 << 20

// logs keeps what adapters write to their stderr. Variants are opened before the run has a folder:
// until then it is held in memory.
type logs struct {
	mu   sync.Mutex
	dir  string // of the run, or "" until place
	open map[string]*stderrLog
}

// stderrLog is a variant's.
type stderrLog struct {
	all  *logs
	name string
	held bytes.Buffer
	file *os.File
	n    int
}

func newLogs() *logs { return &logs{open: map[string]*stderrLog{}} }

// writer is where the variant's adapter writes; the same one for all adapters of a variant.
func (l *logs) writer(variant string) io.Writer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[variant] == nil {
		l.open[variant] = &stderrLog{all: l, name: variant}
	}
	return l.open[variant]
}

// Write never fails: a disk that is full must not end an adapter.
func (s *stderrLog) Write(p []byte) (int, error) {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	n := len(p)
	if room := logLimit - s.n; n > room {
		p = p[:max(room, 0)]
	}
	s.n += len(p)
	if s.all.dir == "" {
		s.held.Write(p)
	} else if len(p) > 0 && s.begin() == nil {
		_, _ = s.file.Write(p)
	}
	return n, nil
}

// begin makes the file; a variant that writes nothing has none.
func (s *stderrLog) begin() (err error) {
	if s.file != nil {
		return nil
	}
	path := filepath.Join(s.all.dir, logFolder, filepath.FromSlash(s.name)+".stderr.txt")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("log of %s: %w", s.name, err)
	}
	if s.file, err = os.Create(path); err != nil {
		return fmt.Errorf("log of %s: %w", s.name, err)
	}
	_, err = s.held.WriteTo(s.file)
	return err
}

// place moves the logs to the run's folder.
func (l *logs) place(dir string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dir = dir
	var errs []error
	for _, s := range l.open {
		if s.held.Len() > 0 {
			errs = append(errs, s.begin())
		}
	}
	return errors.Join(errs...)
}

// Close closes the files; it comes after the adapters are closed.
func (l *logs) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, s := range l.open {
		if s.file != nil {
			errs = append(errs, s.file.Close())
		}
	}
	return errors.Join(errs...)
}
