// Package fileid tells whether a file is as it was, without reading it.
package fileid

import (
	"io/fs"
	"time"
)

// Settled is for how long nobody may have touched a file whose hash is kept: what is written through
// a memory map shows in a file's times only when it reaches the disk, which takes half a minute.
const Settled = time.Minute

// Of names a file as it is now, so that any change of it gives another name: device, inode, size
// and the times of the last change of its content and of its entry, to the nanosecond. The last of
// them is the system's own, which copying with times or touch does not set back. ok is false where no
// such name can be had, and the file has to be read: on systems and file systems without such times,
// and of a file that was touched just now.
func Of(info fs.FileInfo, now time.Time) (name string, ok bool) {
	name, changed, ok := system(info)
	if !ok || changed.Nanosecond() == 0 { // a clock of whole seconds, most likely
		return "", false
	}
	return name, now.Sub(changed) > Settled && now.Sub(info.ModTime()) > Settled
}

// OfFile is Of a file, which it opens: of an open one network file systems look up the state anew.
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
