package fileid

import (
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// system returns the name for Of, and when the file's inode was last changed.
func system(info fs.FileInfo) (name string, changed time.Time, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() { // the file is in an embedded file system
		return "", time.Time{}, false
	}
	changed = time.Unix(s.Ctim.Unix())
	return fmt.Sprintf("%d/%d/%d/%d/%d", s.Dev, s.Ino, s.Size, info.ModTime().UnixNano(), changed.UnixNano()), changed, true
}
