package encoders

import (
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

// keptSum is Sum, which does not read a file again that is as it was when it was last read; kept may be nil.
func (m *Model) keptSum(file string, kept Kept) (string, error) {
	return m.keptSumAt(file, kept, time.Now())
}

func (m *Model) keptSumAt(file string, kept Kept, now time.Time) (string, error) {
	before, ok := m.identityOf(file, now)
	if !ok || kept == nil {
		return m.Sum(file)
	}
	key := "sha256 of " + before
	if hash, ok := kept.Get(key); ok {
		return string(hash), nil
	}
	hash, err := m.Sum(file)
	if err != nil {
		return "", err
	}
	if after, ok := m.identityOf(file, now); ok && after == before {
		return hash, kept.Put(key, []byte(hash))
	}
	return hash, nil
}

// identityOf asks an open file, whose state network file systems look up anew.
func (m *Model) identityOf(file string, now time.Time) (string, bool) {
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
