package variants

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/fastclip/fastclip/internal/redact"
)

// logFolder is the folder for the adapters' stderr within a run's folder: logs/VARIANT.stderr.txt.
const logFolder = "logs"

// logLimit is the largest part of a variant's stderr that is kept.
const logLimit = 16 << 20

// Logs keeps what adapters write to stderr. Variants are opened before the run has a folder; until then it is held
// in memory.
type Logs struct {
	mu   sync.Mutex
	dir  string // folder of the run; "" until place
	open map[string]*stderrLog
}

// stderrLog is the log of one variant.
type stderrLog struct {
	all  *Logs
	name string
	part []byte // a line that is not complete yet
	held bytes.Buffer
	file *os.File
	n    int
}

func NewLogs() *Logs { return &Logs{open: map[string]*stderrLog{}} }

// Writer is the writer for a variant's adapters. All adapters of one variant share it.
func (l *Logs) Writer(variant string) io.Writer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[variant] == nil {
		l.open[variant] = &stderrLog{all: l, name: variant}
	}
	return l.open[variant]
}

// Write never fails, because a full disk must not end an adapter. It keeps whole lines and removes the secrets of
// addresses.
func (s *stderrLog) Write(p []byte) (int, error) {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	if s.n >= logLimit {
		return len(p), nil
	}
	s.part = append(s.part, p...)
	end := bytes.LastIndexByte(s.part, '\n') + 1
	if len(s.part)-end > maxPart {
		end = len(s.part)
	}
	s.keep(s.part[:end])
	s.part = append(s.part[:0], s.part[end:]...)
	return len(p), nil
}

// maxPart is the size up to which an incomplete line is held back.
const maxPart = 8 << 10

// keep writes the complete lines, as far as there is room.
func (s *stderrLog) keep(lines []byte) {
	p := []byte(redact.Text(string(lines)))
	p = p[:min(len(p), logLimit-s.n)]
	s.n += len(p)
	if s.all.dir == "" {
		s.held.Write(p)
	} else if len(p) > 0 && s.begin() == nil {
		_, _ = s.file.Write(p)
	}
}

// begin creates the file. A variant that writes nothing has no file.
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

// Place moves the logs to the run's folder.
func (l *Logs) Place(dir string) error {
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

// Close closes the files. Close the adapters first.
func (l *Logs) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, s := range l.open {
		s.keep(s.part)
		if s.file != nil {
			errs = append(errs, s.file.Close())
		}
	}
	return errors.Join(errs...)
}
