// Package fileid tells whether a file has changed, without reading it.
package fileid

import (
	"io/fs"
	"time"
)

// StableAfter is how long a file must be unchanged before its hash is kept. What is written through a memory map
// changes a file's times only when it reaches the disk, and that takes half a minute.
const StableAfter = time.Minute

// Of names the present state of a file, so that any change gives another name. The name is made from device,
// inode, size, and the times of the last change of content and of inode, to the nanosecond. The last of them is
// set by the system, so copying with times or touch cannot set it back. ok is false if there is no such name and
// the file has to be read: on systems and file systems without these times, and for a file that was changed just
// now.
func Of(info fs.FileInfo, now time.Time) (name string, ok bool) {
	name, changed, ok := system(info)
	if !ok || changed.Nanosecond() == 0 { // a clock of whole seconds, most likely
		return "", false
	}
	return name, now.Sub(changed) > StableAfter && now.Sub(info.ModTime()) > StableAfter
}

// OfFile opens a file and returns its Of. For an open file, network file systems ask for the current state.
func OfFile(fsys fs.FS, name string, now time.Time) (string, bool) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", false
	}
	defer f.Close() // only looked at
	info, err := f.Stat()
	if err != nil {
		return "", false
	}
	return Of(info, now)
}
