// Package fileid tells whether a file has changed, without reading it.
package fileid

import (
	"io/fs"
	"time"
)

// StableAfter is how long a file must be unchanged before its hash is kept. What is written through a memory map
// changes a file's times only when it reaches the disk, and that takes half a minute.
const StableAfter = time.Minute

// Of returns a name for a file's present state, so that any change gives another name. It is made from device, inode, size, and the times of the last change
// of content and of inode, to the nanosecond. The system sets the last of these, so copying with times or touch cannot reset it. ok is false if there is no
// such name and the file must be read: on systems and file systems without these times, and for a file that changed just now.
func Of(info fs.FileInfo, now time.Time) (name string, ok bool) {
	name, changed, ok := system(info)
	if !ok || changed.Nanosecond() == 0 { // such a clock probably counts whole seconds
		return "", false
	}
	return name, now.Sub(changed) > StableAfter && now.Sub(info.ModTime()) > StableAfter
}

// OfFile is Of for a file that it opens: for an open file, network file systems ask for the current state.
func OfFile(fsys fs.FS, name string, now time.Time) (string, bool) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", false
	}
	defer f.Close() // nothing was written
	info, err := f.Stat()
	if err != nil {
		return "", false
	}
	return Of(info, now)
}
