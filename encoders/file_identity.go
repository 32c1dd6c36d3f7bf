package encoders

import (
	"errors"
	"time"

	"github.com/fastclip/fastclip/internal/fileid"
)

// errNotKept is the error of a file that has to be read for its hash, which opening its model does.
var errNotKept = errors.New("not read yet")

// quickBytes are read for a hash in less time than a model takes to open.
const quickBytes = 64 << 20

// keptSum is Sum of a file that is as it was when sumAndKeep read it. One that cannot be told from what it
// was is read, and so is one that nobody has read if it has at most so many bytes.
func (m *Model) keptSum(file string, kept Kept, now time.Time, most int64) (string, error) {
	name, ok := m.identityOf(file, now)
	if !ok {
		return m.Sum(file)
	}
	if hash, ok := kept.Get(sumKey(name)); ok {
		return string(hash), nil
	}
	if m.bytes(file) > most {
		return "", errNotKept
	}
	return m.sumAndKeep(file, kept, now, func() (string, error) { return m.Sum(file) })
}

// sumAndKeep takes a file's hash from sum, which reads it, and keeps it where there is a kept.
func (m *Model) sumAndKeep(file string, kept Kept, now time.Time, sum func() (string, error)) (string, error) {
	before, ok := m.identityOf(file, now)
	hash, err := sum()
	if err != nil || kept == nil || !ok {
		return hash, err
	}
	if after, ok := m.identityOf(file, now); !ok || after != before {
		return hash, nil // written to meanwhile
	}
	return hash, kept.Put(sumKey(before), []byte(hash))
}

func sumKey(identity string) string { return "sha256 of " + identity }

func (m *Model) identityOf(file string, now time.Time) (string, bool) {
	m, file = m.at(file)
	return fileid.OfFile(m.fsys, file, now)
}
