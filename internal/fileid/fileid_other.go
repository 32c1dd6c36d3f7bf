//go:build !linux

package fileid

import (
	"io/fs"
	"time"
)

// this system offers no such name, so files are read
func system(fs.FileInfo) (string, time.Time, bool) { return "", time.Time{}, false }
