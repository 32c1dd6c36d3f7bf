package encoders

import (
	"errors"
	"io/fs"
	"time"
)

// settled is for how long nobody may have touched a file whose hash is kept: what is written through
// a memory map shows in a file's times only when it reaches the disk, which takes half a minute.
const settled = time.Minute

// identity names a file as it is now, so that any change of it gives another name: device, inode, size
// and the times of the last change of its content and of its entry, to the nanosecond. The last of
// them is the system's own, which copying with times or touch does not set back. ok is false where no
// such name can be had, and the file has to be read: on systems and file systems without such times,
// and of a file that was touched just now.
func identity(info fs.FileInfo, now time.Time) (name string, ok bool) {
	name, changed, ok := systemIdentity(info)
	if !ok || changed.Nanosecond() == 0 { // a clock of whole seconds, most likely
		return "", false
	}
	return name, now.Sub(changed) > settled && now.Sub(info.ModTime()) > settled
}

// errNotKept is the error of a file that has to be read for its hash, which opening its model does.
var errNotKept = errors.New("not read yet")

// keptSum is Sum of a file that is as it was when sumAndKeep read it. One that cannot be told from what it
// was is read.
func (m *Model) keptSum(file string, kept Kept, now time.Time) (string, error) {
	name, ok := m.identityOf(file, now)
	if !ok {
		return m.Sum(file)
	}
	hash, ok := kept.Get(sumKey(name))
	if !ok {
		return "", errNotKept
	}
	return string(hash), nil
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

// identityOf asks an open file, whose state network file systems look up anew.
func (m *Model) identityOf(file string, now time.Time) (string, bool) {
	m, file = m.at(file)
	f, err := m.fsys.Open(file)
	if err != nil {
		return "", false
	}
	defer f.Close() // only looked at
	info, err := f.Stat()
	if err != nil {
		return "", false
	}
	return identity(info, now)
}
