package encoders

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"time"

	"github.com/fastclip/fastclip/internal/fileid"
)

// errNotKept is the error for a file that must be read for its hash, which opening its model does.
var errNotKept = errors.New("not read yet")

// QuickBytes is the number of bytes that can be hashed faster than a model opens.
const QuickBytes = 64 << 20

// KeptSum returns the hash of a file that has not changed since SumAndKeep read it. If that cannot be told, it
// reads the file. It also reads a file that nobody has read yet, if it has at most the given number of bytes.
func (m *Model) KeptSum(file string, kept Kept, now time.Time, most int64) (string, error) {
	name, ok := m.identityOf(file, now)
	if !ok {
		return m.Sum(file)
	}
	if hash, ok := kept.Get(sumKey(name)); ok {
		return string(hash), nil
	}
	if m.Size(file) > most {
		return "", errNotKept
	}
	return m.SumAndKeep(file, kept, now, func() (string, error) { return m.Sum(file) })
}

// SumAndKeep gets a file's hash from sum, which reads the file, and stores it if kept is not nil.
func (m *Model) SumAndKeep(file string, kept Kept, now time.Time, sum func() (string, error)) (string, error) {
	before, ok := m.identityOf(file, now)
	hash, err := sum()
	if err != nil || kept == nil || !ok {
		return hash, err
	}
	if after, ok := m.identityOf(file, now); !ok || after != before {
		return hash, nil // the file was changed meanwhile
	}
	return hash, kept.Put(sumKey(before), []byte(hash))
}

func sumKey(identity string) string { return "sha256 of " + identity }

func (m *Model) identityOf(file string, now time.Time) (string, bool) {
	m, file = m.at(file)
	return fileid.OfFile(m.fsys, file, now)
}

// WithExternal combines a file's hash with those of its external data, which sumOf finds.
func (m *Model) WithExternal(hash, file string, external []string, sumOf func(file string) (string, error)) (string, error) {
	for _, name := range external {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return "", fmt.Errorf("model %s, %s: its weights are in %q, which is not in the model's folder: refused", m.Name, file, name)
		}
		own, err := sumOf(path.Join(path.Dir(file), name))
		if err != nil {
			return "", fmt.Errorf("model %s, %s: its weights are in another file, which cannot be read: %w", m.Name, file, err)
		}
		hash = Sum256([]byte(hash + name + own))
	}
	if len(external) > 0 && m.dir == "" {
		return "", fmt.Errorf("model %s, %s: a built-in model cannot have weights in other files", m.Name, file)
	}
	return hash, nil
}
